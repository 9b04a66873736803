import { conv2d, embedding, linear, ones, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { describeSteps, keepsBitsOfSteps, lowerFunction } from '../lowered.fixture.js'
import { copiesAsMaps } from './copies-as-maps.js'
import { fuse } from './fuse.js'

const many = 64

const fused = (
  run: (...args: Tensor[]) => Tensor | readonly Tensor[],
  args: readonly Tensor[],
  maxOperands = many,
): readonly string[] => {
  const { steps, wanted, evaluate } = lowerFunction(run, ...args)
  const after = fuse(copiesAsMaps(steps), wanted, maxOperands)
  expect(evaluate(after)).toEqual(evaluate(steps))
  return describeSteps(after)
}

const square = ones([4, 4])

describe('fuse', () => {
  it('makes one kernel of a chain of maps', () => {
    expect(fused((x, y) => x.mul(y).add(x).tanh().sub(y), [square, ones([4])])).toEqual([
      'map mul·add·tanh·sub (a, b) → 0',
    ])
  })

  it('maps the result of a product or a convolution while it is warm', () => {
    expect(fused((x, w, b) => linear(x, w, b).relu().mul(x), [square, square, ones([4])])).toEqual([
      'matmul linear·relu·mul (a, b, c, a) → 0',
    ])
    expect(fused((x, w) => conv2d(x, w, { padding: 1 }).relu(), [ones([1, 1, 4, 4]), ones([2, 1, 3, 3])])).toEqual([
      'convolution convolution·relu (a, b) → 0',
    ])
  })

  it('reads a transposed operand where it lies, and writes a result turned', () => {
    expect(
      fused((x, y) => x.transpose(0, 1).matmul(y.transpose(0, 1)).transpose(0, 1).neg(), [square, square]),
    ).toEqual(['matmul matmul·neg (a, b) → 0'])
  })

  it('puts maps before and after a row kernel into it, and row kernels into one that walks the same rows', () => {
    expect(fused((x) => x.mul(2).softmax(1).add(1), [square])).toEqual(['row mul·softmax·add (a) → 0'])
    expect(
      fused(
        (x) =>
          x
            .sub(x.mean(1, { keepDims: true }))
            .square()
            .sum(1),
        [square],
      ).length,
    ).toBeLessThanOrEqual(2)
  })

  it('writes a value in the kernel that uses it where it is wanted as well', () => {
    expect(
      fused(
        (x) => {
          const y = x.exp()
          return [y, y.neg()]
        },
        [square],
      ),
    ).toEqual(['map exp·neg (a) → 0, 1'])
  })

  it('does not compute costly functions once for each repetition', () => {
    expect(fused((x, row) => x.add(row.exp()), [square, ones([4])])).toHaveLength(2)
    expect(fused((x, row) => x.add(row.neg()), [square, ones([4])])).toHaveLength(1)
  })

  it('respects how many operands a kernel may have', () => {
    const sum = (...terms: Tensor[]): Tensor => terms.reduce((total, term) => total.add(term.neg()))
    const terms = Array.from({ length: 10 }, () => square)
    expect(fused(sum, terms).length).toBeLessThanOrEqual(1)
    const few = 5
    const { steps, wanted } = lowerFunction(sum, ...terms)
    const after = fuse(steps, wanted, few)
    expect(after.length).toBeGreaterThan(1)
    for (const { inputs, outputs } of after) expect(inputs.length + outputs.length).toBeLessThanOrEqual(few)
  })

  it('leaves kernels between which others have to run', () => {
    const rows = tensor([1, 0], { dtype: 'int32' })
    expect(fused((x) => embedding(rows, x.tanh()).add(1), [ones([2, 2])])).toHaveLength(3)
  })

  it.each([4, 6, many])('keeps the bits of random graphs with at most %i operands', (maxOperands) => {
    keepsBitsOfSteps(({ steps, wanted }) => fuse(copiesAsMaps(steps), wanted, maxOperands))
  })
})
