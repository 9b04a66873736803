import { grad } from '@chainrule/autograd'
import {
  arange,
  Generator,
  concat,
  conv2d,
  embedding,
  matmul,
  maxPool2d,
  normalize,
  ones,
  randn,
  softmax,
  sort,
  stack,
  tensor,
  type Tensor,
  tril,
  where,
} from '@chainrule/tensor'
import * as fc from 'fast-check'

/** Ops that take tensors of [4, 6] to [4, 6]; numbers choose among operands. */
type Move = (values: readonly Tensor[], pick: (place: number) => Tensor) => Tensor

const moves: Readonly<Record<string, Move>> = {
  add: (_, pick) => pick(0).add(pick(1)),
  sub: (_, pick) => pick(0).sub(pick(1)),
  mul: (_, pick) => pick(0).mul(pick(1)),
  scaled: (_, pick) => pick(0).mul(0.5),
  tanh: (_, pick) => pick(0).tanh(),
  exp: (_, pick) => pick(0).clamp(-2, 2).exp(),
  relu: (_, pick) => pick(0).relu(),
  gelu: (_, pick) => pick(0).gelu(),
  choose: (_, pick) => where(pick(0).greater(pick(1)), pick(0), pick(2)),
  rows: (_, pick) => pick(0).sub(pick(1).mean(1, { keepDims: true })),
  columns: (_, pick) => pick(0).add(pick(1).sum(0)),
  whole: (_, pick) => pick(0).mul(pick(1).mean()),
  peak: (_, pick) => pick(0).sub(pick(0).max(1, { keepDims: true })),
  softmax: (_, pick) => softmax(pick(0), 1),
  normalize: (_, pick) => normalize(pick(0), 1).mul(pick(1)),
  logSoftmax: (_, pick) => pick(0).logSoftmax(0),
  transpose: (_, pick) => pick(0).transpose(0, 1).mul(2).transpose(0, 1),
  reshape: (_, pick) =>
    pick(0)
      .reshape([2, 2, 6])
      .mul(pick(1).reshape([2, 2, 6]))
      .reshape([4, 6]),
  regroup: (_, pick) => pick(0).reshape([24]).tanh().reshape([6, 4]).transpose(0, 1),
  flip: (_, pick) => pick(0).flip(1).add(pick(1)),
  slice: (_, pick) => concat([pick(0).narrow(1, 0, 2), pick(1).narrow(1, 2, 4)], 1),
  thirds: (_, pick) => {
    const [a, b, c] = [0, 2, 4].map((start) => pick(0).narrow(1, start, 2)) as [Tensor, Tensor, Tensor]
    return concat([a.mul(b), c.sub(a), b.relu().neg()], 1)
  },
  corners: (_, pick) => pick(0).add(concat([pick(1).narrow(0, 0, 1), pick(1).narrow(0, 3, 1)], 0).sum(0)),
  steps: (_, pick) => {
    const even = pick(0).slice([0, 0], [4, 6], [1, 2])
    return concat([even.mul(pick(0).slice([0, 1], [4, 6], [1, 2])), even], 1)
  },
  stacked: (_, pick) => stack([pick(0).tanh(), pick(1).mul(pick(2)), pick(1).neg()]).sum(0),
  gates: (_, pick) => {
    const gates = matmul(pick(0), pick(1).transpose(0, 1)).chunk(2, 1)
    return concat([(gates[0] as Tensor).sigmoid(), (gates[1] as Tensor).relu(), pick(2).narrow(1, 1, 2)], 1)
  },
  halves: (_, pick) =>
    concat([matmul(pick(0), pick(1).transpose(0, 1)).narrow(1, 0, 3), pick(2).narrow(1, 0, 3).neg()], 1),
  masked: (_, pick) => where(tril(ones([4, 6])).greater(0), pick(0), pick(1)),
  unchanged: (_, pick) =>
    pick(0)
      .mul(ones([4, 6]))
      .div(1)
      .sub(0)
      .neg()
      .neg(),
  positions: (_, pick) => pick(0).add(arange(6).mul(0.1).sin()),
  product: (_, pick) => matmul(pick(0), pick(1).transpose(0, 1)).relu().matmul(pick(2)),
  dense: (_, pick) => pick(0).matmul(pick(1).transpose(0, 1)).add(pick(2).sum(1)).tanh().matmul(pick(0)),
  cumulate: (_, pick) => pick(0).cumsum(1),
  sorted: (_, pick) => sort(pick(0), { axis: 1 }).values,
  rowsByNumber: (_, pick) => embedding(tensor([3, 0, 0, 1], { dtype: 'int32' }), pick(0)),
  window: (_, pick) =>
    maxPool2d(
      conv2d(pick(0).reshape([1, 1, 4, 6]), pick(1).narrow(0, 0, 3).narrow(1, 0, 3).reshape([1, 1, 3, 3]), {
        padding: 1,
      }),
      3,
      {
        stride: 1,
        padding: 1,
      },
    ).reshape([4, 6]),
}

const names = Object.keys(moves)

/** Lists of moves with their operands. */
export const programs = fc.array(
  fc.record({
    move: fc.constantFrom(...names),
    picks: fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50)),
  }),
  { minLength: 1, maxLength: 14 },
)

/** A random program: the moves to make, one after another. */
export type RandomProgram = readonly { readonly move: string; readonly picks: readonly number[] }[]

/** What a list of moves computes of two tensors of [4, 6]. */
export const forward =
  (program: RandomProgram) =>
  (x: Tensor, y: Tensor): Tensor => {
    const values = [x, y]
    for (const { move, picks } of program) {
      const pick = (place: number): Tensor => values[(picks[place] ?? 0) % values.length] as Tensor
      values.push((moves[move] as Move)(values, pick))
    }
    return values.at(-1) as Tensor
  }

/** Its value and its slopes: what a compiler sees of a training step. */
export const withGradient =
  (program: RandomProgram) =>
  (x: Tensor, y: Tensor): readonly Tensor[] => {
    const f = forward(program)
    return [f(x, y), grad((a: Tensor, b: Tensor) => f(a, b).sum())(x, y)]
  }

/** Two operands for random programs, on the current device. */
export const makeOperands = (): readonly [Tensor, Tensor] => {
  const generator = new Generator(11)
  return [randn([4, 6], { generator }), randn([4, 6], { generator })]
}
