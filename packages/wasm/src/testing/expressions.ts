import { cellSlot, constant, type DType, type Expression, index, input, scalarOps as ops } from '@chainrule/tensor'
import fc from 'fast-check'

const dtypes = ['bool', 'int32', 'float32', 'float64'] as const satisfies readonly DType[]

/** Makes one more node of a DAG from those made so far. */
type Step = (known: readonly Expression[]) => Expression

const last = (known: readonly Expression[], back: number): Expression =>
  known[Math.max(0, known.length - 1 - back)] ?? constant(1, 'float32')

const binaries = [
  ops.add,
  ops.sub,
  ops.mul,
  ops.maximum,
  ops.minimum,
  ops.equal,
  ops.less,
  ops.lessEqual,
  ops.logicalAnd,
  ops.logicalOr,
] as const
const unaries = [ops.neg, ops.abs, ops.sign, ops.floor, ops.ceil, ops.round, ops.logicalNot] as const

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constantFrom(...binaries), fc.nat(4), fc.nat(4)).map(
    ([op, x, y]): Step =>
      (known) =>
        op(last(known, x), ops.cast(last(known, y), last(known, x).dtype)),
  ),
  fc.tuple(fc.constantFrom(...unaries), fc.nat(4)).map(
    ([op, x]): Step =>
      (known) =>
        op(last(known, x)),
  ),
  fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)).map(
    ([condition, x, y]): Step =>
      (known) =>
        ops.where(last(known, condition), last(known, x), ops.cast(last(known, y), last(known, x).dtype)),
  ),
  fc.tuple(fc.constantFrom(...dtypes), fc.nat(4)).map(
    ([dtype, x]): Step =>
      (known) =>
        ops.cast(last(known, x), dtype),
  ),
  fc.tuple(fc.nat(4), fc.constantFrom(0, -0, 2, -1.5, NaN)).map(([x, value]): Step => (known) => {
    const operand = last(known, x)
    return ops.maximum(operand, constant(value, operand.dtype))
  }),
  fc.tuple(fc.nat(4), fc.constantFrom(0, -0, 2, -1.5)).map(([x, value]): Step => (known) => {
    const operand = last(known, x)
    return ops.minimum(operand, constant(value, operand.dtype))
  }),
)

/** What random expressions are made of. */
export interface ExpressionOptions {
  readonly inputs: readonly DType[]
  readonly rank: number
  readonly cells: number
}

/**
 * Random DAGs of primitives that every device rounds alike, so that results can be compared bit by bit.
 *
 * @param options - operands, axes and cells that they may read
 * @returns expressions of one DAG
 */
export const expressionsOf = ({ inputs, rank, cells }: ExpressionOptions): fc.Arbitrary<readonly Expression[]> =>
  fc.tuple(fc.array(steps, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 3 })).map(([chosen, outputs]) => {
    const known: Expression[] = inputs.map((dtype, position) => input(position, dtype))
    for (let slot = 0; slot < cells; slot++) known.push(cellSlot(slot, 'float32'))
    if (rank > 0) known.push(index(rank - 1))
    for (const step of chosen) known.push(step(known))
    return known.slice(-outputs)
  })

/** Lists of dtypes of operands. */
export const dtypeLists: fc.Arbitrary<readonly DType[]> = fc.array(fc.constantFrom(...dtypes), {
  minLength: 1,
  maxLength: 3,
})
