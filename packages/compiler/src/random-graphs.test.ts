import { grad } from '@chainrule/autograd'
import {
  Generator,
  concat,
  conv2d,
  embedding,
  matmul,
  maxPool2d,
  normalize,
  randn,
  scope,
  setDevice,
  softmax,
  sort,
  tensor,
  type Tensor,
  where,
} from '@chainrule/tensor'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { compile } from './index.js'

beforeAll(async () => {
  await setDevice('reference')
})

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

const programs = fc.array(
  fc.record({
    move: fc.constantFrom(...names),
    picks: fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50)),
  }),
  { minLength: 1, maxLength: 14 },
)

const run =
  (program: readonly { readonly move: string; readonly picks: readonly number[] }[]) =>
  (x: Tensor, y: Tensor): Tensor => {
    const values = [x, y]
    for (const { move, picks } of program) {
      const pick = (place: number): Tensor => values[(picks[place] ?? 0) % values.length] as Tensor
      values.push((moves[move] as Move)(values, pick))
    }
    return values.at(-1) as Tensor
  }

describe('compiled random graphs give the bits of eager code on the reference device', () => {
  const generator = new Generator(11)
  const x = randn([4, 6], { generator })
  const y = randn([4, 6], { generator })

  it('forward', () => {
    fc.assert(
      fc.property(programs, (program) => {
        scope(() => {
          const f = run(program)
          const compiled = compile(f)
          expect(compiled(x, y).dataSync()).toEqual(f(x, y).dataSync())
          expect(compiled(y, x).dataSync()).toEqual(f(y, x).dataSync())
          const { arenaBytes, lowerBoundBytes } = compiled.stats()
          expect(arenaBytes).toBeGreaterThanOrEqual(lowerBoundBytes)
          compiled.dispose()
        })
      }),
      { numRuns: 300, seed: 5 },
    )
  })

  it('gradients', () => {
    fc.assert(
      fc.property(programs, (program) => {
        scope(() => {
          const f = run(program)
          const slope = grad((a: Tensor, b: Tensor) => f(a, b).sum())
          const compiled = compile(slope)
          expect(compiled(x, y).dataSync()).toEqual(slope(x, y).dataSync())
          compiled.dispose()
        })
      }),
      { numRuns: 200, seed: 6 },
    )
  })
})
