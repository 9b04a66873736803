import { grad } from '@chainrule/autograd'
import { Generator, randn, type Tensor } from '@chainrule/tensor'
import * as fc from 'fast-check'
import { type Move, moves } from './random-moves.fixture.js'

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
