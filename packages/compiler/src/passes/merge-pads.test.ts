import { grad } from '@chainrule/autograd'
import { concat, ones, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { describeSteps, keepsBitsOfSteps, kernelOf, lowerFunction } from '../lowered.fixture.js'
import { mergePads } from './merge-pads.js'

const kinds = (steps: readonly { readonly kernel: { readonly kind: string } }[]): string =>
  steps.map(({ kernel }) => kernel.kind).join(' ')

/** Slices of a value padded and added up, as their gradients are. */
const sumOfPads = (pieces: readonly (readonly [start: number, length: number])[]) => (x: Tensor) =>
  grad((y: Tensor) =>
    pieces.map(([start, length]) => y.narrow(0, start, length).mul(2).sum()).reduce((sum, each) => sum.add(each)),
  )(x)

const pieceCopies = (steps: ReturnType<typeof mergePads>) => steps.filter(({ kernel }) => kernel.kind === 'copy')

describe('mergePads', () => {
  it('places pieces that fill the whole side by side, without zeros', () => {
    const { steps, wanted, evaluate } = lowerFunction(
      sumOfPads([
        [0, 2],
        [2, 3],
        [5, 1],
      ]),
      ones([6]),
    )
    expect(pieceCopies(steps)).toHaveLength(3)
    const after = mergePads(steps, wanted)
    const [copy, ...others] = pieceCopies(after)
    expect(others).toEqual([])
    expect(kernelOf(copy, 'copy').fill).toBeUndefined()
    expect(
      kernelOf(copy, 'copy')
        .pieces.map(({ target }) => target.offset)
        .sort(),
    ).toEqual([0, 2, 5])
    expect(describeSteps(after).filter((line) => line.startsWith('map add'))).toEqual([])
    expect(evaluate(after)).toEqual(evaluate(steps))
  })

  it('fills with zeros once where places stay open', () => {
    const { steps, wanted, evaluate } = lowerFunction(
      sumOfPads([
        [0, 2],
        [4, 1],
      ]),
      ones([6]),
    )
    const after = mergePads(steps, wanted)
    expect(kernelOf(pieceCopies(after)[0], 'copy').fill).toEqual({ value: 0, size: 6, offset: 0 })
    expect(evaluate(after)).toEqual([new Float32Array([2, 2, 0, 0, 2, 0])])
  })

  it('leaves pieces that overlap as they are', () => {
    const { steps, wanted } = lowerFunction(
      sumOfPads([
        [0, 3],
        [2, 3],
      ]),
      ones([6]),
    )
    expect(mergePads(steps, wanted)).toEqual(steps)
  })

  it('sees that every other element and those between do not overlap', () => {
    const { steps, wanted, evaluate } = lowerFunction(
      (x) =>
        grad((y: Tensor) =>
          y
            .slice([0], [6], [2])
            .mul(y.slice([1], [6], [2]))
            .sum(),
        )(x),
      tensor([1, 2, 3, 4, 5, 6]),
    )
    const after = mergePads(steps, wanted)
    expect(pieceCopies(after)).toHaveLength(1)
    expect(evaluate(after)).toEqual([new Float32Array([2, 1, 4, 3, 6, 5])])
  })

  it('adds one other value to the pieces, and leaves a sum with two as it is', () => {
    const pads = (y: Tensor): Tensor =>
      y
        .narrow(0, 0, 1)
        .sum()
        .add(y.narrow(0, 1, 1).sum())
    const one = lowerFunction((x) => grad((y: Tensor) => pads(y).add(y.square().sum()))(x), ones([3]))
    const after = mergePads(one.steps, one.wanted)
    expect(pieceCopies(after)).toHaveLength(1)
    expect(one.evaluate(after)).toEqual([new Float32Array([3, 3, 2])])
    const two = lowerFunction(
      (x) => {
        const [first, second] = [x.exp(), x.sin()]
        const [a, b] = [concat([x.tanh(), x]), concat([x, x.tanh()])]
        return a.add(concat([first, second])).add(b)
      },
      ones([3]),
    )
    expect(kinds(mergePads(two.steps, two.wanted))).toBe(kinds(two.steps))
  })

  it('turns −0 into 0 as the sum of zeros does', () => {
    const { steps, wanted, evaluate } = lowerFunction(
      (x) =>
        grad((y: Tensor) =>
          y
            .narrow(0, 0, 1)
            .mul(-0)
            .sum()
            .add(y.narrow(0, 1, 1).mul(-1).sum()),
        )(x),
      ones([2]),
    )
    expect(evaluate(mergePads(steps, wanted))).toEqual([new Float32Array([0, -1])])
  })

  it('keeps the bits of random graphs', () => {
    keepsBitsOfSteps(({ steps, wanted }) => mergePads(steps, wanted))
  })
})
