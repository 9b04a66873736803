import { grad, jvp } from '@chainrule/autograd'
import { type OpEvent, sum, tensor, type Tensor, withRecorder } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  cosineEmbeddingLoss,
  crossEntropy,
  hingeLoss,
  huberLoss,
  klDiv,
  l1Loss,
  mseLoss,
  nllLoss,
  smoothL1Loss,
  tripletMarginLoss,
} from './index.js'

const doubles = (numbers: readonly number[], shape: readonly number[] = [numbers.length]): Tensor =>
  tensor(Float64Array.from(numbers), { shape })
const classes = (numbers: readonly number[], shape: readonly number[] = [numbers.length]): Tensor =>
  tensor(numbers, { dtype: 'int32', shape })

/** The kinds of op that a function runs which are kernels; views are not. */
const kernelsOf = (run: () => unknown): readonly string[] => {
  const seen: string[] = []
  const op = ({ op: kind, attributes }: OpEvent) => {
    if (['map', 'reduce', 'composite', 'gather', 'scatterAdd'].includes(kind)) {
      seen.push('composite' in attributes ? attributes.composite.name : 'name' in attributes ? attributes.name : kind)
    }
  }
  withRecorder({ kind: 'observer', op }, run)
  return seen
}

describe('derivatives written by hand', () => {
  const input = doubles([0.3, -1.2, 0.8])
  const target = doubles([0.2, 0.9, 0.4])
  const shares = doubles([0.3, 0.6, 0.8])
  const weight = doubles([1.5, 0.5, 3])

  /** Central differences of step 1e-6: at these points their error stays below 1e-9. */
  const differences = (f: (x: Tensor) => Tensor, x: Tensor): readonly number[] =>
    [...x.dataSync()].map((_, place) => {
      const unit = doubles([...x.dataSync()].map((__, at) => (at === place ? 1e-6 : 0)))
      return ((f(x.add(unit)).dataSync()[0] ?? 0) - (f(x.sub(unit)).dataSync()[0] ?? 0)) / 2e-6
    })

  it.each<[string, (x: Tensor) => Tensor, Tensor]>([
    ['binaryCrossEntropy by its input', (x) => binaryCrossEntropy(x, target), shares],
    ['binaryCrossEntropy by its target', (y) => binaryCrossEntropy(shares, y), target],
    ['binaryCrossEntropyWithLogits by its input', (x) => binaryCrossEntropyWithLogits(x, target), input],
    ['binaryCrossEntropyWithLogits by its target', (y) => binaryCrossEntropyWithLogits(input, y), target],
    [
      'weighted binaryCrossEntropyWithLogits by its input',
      (x) => binaryCrossEntropyWithLogits(x, target, { posWeight: weight }),
      input,
    ],
    [
      'weighted binaryCrossEntropyWithLogits by its target',
      (y) => binaryCrossEntropyWithLogits(input, y, { posWeight: weight }),
      target,
    ],
    [
      'weighted binaryCrossEntropyWithLogits by the weight',
      (posWeight) => binaryCrossEntropyWithLogits(input, target, { posWeight }),
      weight,
    ],
    ['klDiv by its input', (x) => klDiv(x, target), input],
    ['klDiv by its target', (y) => klDiv(input, y), target],
  ])('%s agree with differences', (_, f, x) => {
    const expected = differences(f, x)
    const found = grad(f)(x).dataSync()
    expected.forEach((value, place) => {
      expect(found[place]).toBeCloseTo(value, 8)
    })
    const tangent = jvp(f, [x], [weight]).tangent.dataSync()[0]
    const along = expected.reduce((total, value, place) => total + value * (weight.dataSync()[place] ?? 0), 0)
    expect(tangent).toBeCloseTo(along, 8)
  })

  it('klDiv has no gradient by a target of 0, rather than NaN', () => {
    expect([...grad((y: Tensor) => klDiv(doubles([-1, -1]), y))(doubles([0, 1])).dataSync()]).toEqual([0, 1])
  })
})

describe('cross-entropy', () => {
  const logits = doubles([1, 2, 3, 1, 0, -1], [2, 3])

  it('of numbers of classes is two kernels forwards', () => {
    expect(kernelsOf(() => crossEntropy(logits, classes([0, 2])))).toEqual(['crossEntropy', 'keptMean'])
  })

  it('treats one-hot probabilities as numbers of classes', () => {
    const hard = crossEntropy(logits, classes([0, 2])).dataSync()[0] ?? 0
    const soft = crossEntropy(logits, doubles([1, 0, 0, 0, 0, 1], [2, 3])).dataSync()[0]
    expect(soft).toBeCloseTo(hard, 14)
  })

  it('of a smoothing of 1 does not look at the target', () => {
    const loss = (target: Tensor) => crossEntropy(logits, target, { labelSmoothing: 1 }).dataSync()[0]
    expect(loss(classes([0, 2]))).toBe(loss(classes([1, 1])))
  })

  it('differentiates by probabilities too', () => {
    const slope = grad((y: Tensor) => crossEntropy(logits, y, { reduction: 'sum' }))(
      doubles([1, 0, 0, 0, 0, 1], [2, 3]),
    )
    const logarithms = [...logits.logSoftmax(1).neg().dataSync()]
    slope.dataSync().forEach((value, place) => {
      expect(value).toBeCloseTo(logarithms[place] ?? 0, 14)
    })
  })
})

describe('what does not fit is refused', () => {
  const two = doubles([1, 2])
  const three = doubles([1, 2, 3])
  const table = doubles([1, 2, 3, 4, 5, 6], [2, 3])

  it.each([
    ['mseLoss', () => mseLoss(two, three)],
    ['l1Loss', () => l1Loss(two, three)],
    ['smoothL1Loss', () => smoothL1Loss(two, three)],
    ['huberLoss', () => huberLoss(two, three)],
    ['binaryCrossEntropy', () => binaryCrossEntropy(two, three)],
    ['binaryCrossEntropyWithLogits', () => binaryCrossEntropyWithLogits(two, three)],
    ['klDiv', () => klDiv(two, three)],
    ['hingeLoss', () => hingeLoss(two, three)],
  ])('%s of different shapes', (name, run) => {
    expect(run).toThrow(`${name}: got an input of [2] and a target of [3], expected one shape`)
  })

  it('a column against a row, which would broadcast', () => {
    expect(() => mseLoss(doubles([1, 2], [2, 1]), two)).toThrow(/losses do not broadcast/)
  })

  it('arrays in the place of tensors', () => {
    const labels = [0, 1] as unknown as Tensor
    expect(() => crossEntropy(doubles([1, 2, 3, 4], [2, 2]), labels)).toThrow(
      'crossEntropy: got an array as the target, expected a tensor. Wrap data with tensor(…).',
    )
    expect(() => mseLoss(labels, doubles([1, 2], [2]))).toThrow('mseLoss: got an array as the input')
  })

  it.each([
    ['mseLoss', () => mseLoss(classes([1, 2]), two)],
    ['crossEntropy', () => crossEntropy(classes([1, 2]), classes([1], []))],
    ['hingeLoss', () => hingeLoss(classes([1, 2]), two)],
  ])('%s of whole numbers', (name, run) => {
    expect(run).toThrow(`${name}: got an input of int32, expected a floating dtype`)
  })

  it.each([
    ['mseLoss', (reduction: never) => mseLoss(two, two, { reduction })],
    ['crossEntropy', (reduction: never) => crossEntropy(table, classes([0, 1]), { reduction })],
    ['nllLoss', (reduction: never) => nllLoss(table, classes([0, 1]), { reduction })],
    ['klDiv', (reduction: never) => klDiv(two, two, { reduction })],
    ['tripletMarginLoss', (reduction: never) => tripletMarginLoss(two, two, two, { reduction })],
    ['cosineEmbeddingLoss', (reduction: never) => cosineEmbeddingLoss(table, table, two, { reduction })],
  ])('a reduction that %s does not know', (name, run) => {
    expect(() => run('average' as never)).toThrow(`${name}: got reduction 'average', expected one of 'mean', `)
  })

  it('targets that are no classes', () => {
    expect(() => crossEntropy(table, classes([0, 3]))).toThrow(
      /crossEntropy: got target 3 at position 1, expected 0 … 2 or the ignored -100/,
    )
    expect(() => nllLoss(table, classes([-1, 0]))).toThrow(/nllLoss: got target -1 at position 0/)
    expect(() => crossEntropy(table, two)).toThrow(
      /expected probabilities of the input's shape or int32 numbers of classes/,
    )
    expect(() => crossEntropy(table, classes([0, 1, 2]))).toThrow(
      /targets of \[3\], expected \[N, C, \.\.\.\] and \[N, \.\.\.\]/,
    )
    expect(() => nllLoss(table, two)).toThrow(/nllLoss: got targets of float64/)
  })

  it('weights that are not one a class', () => {
    expect(() => crossEntropy(table, classes([0, 1]), { weight: two })).toThrow(
      /crossEntropy: got a weight of \[2\], expected \[3\], one number a class/,
    )
    expect(() => binaryCrossEntropyWithLogits(two, two, { posWeight: doubles([1, 2], [2, 1]) })).toThrow(
      /posWeight of \[2, 1\], expected a shape that broadcasts to the input/,
    )
  })

  it('options outside their range', () => {
    expect(() => crossEntropy(table, classes([0, 1]), { labelSmoothing: 1.5 })).toThrow(/expected a share in 0 … 1/)
    expect(() => smoothL1Loss(two, two, { beta: -1 })).toThrow(/smoothL1Loss: got beta -1/)
    expect(() => huberLoss(two, two, { delta: 0 })).toThrow(/huberLoss: got delta 0/)
    expect(() => tripletMarginLoss(two, two, two, { margin: 0 })).toThrow(/tripletMarginLoss: got margin 0/)
  })

  it('vectors and targets of other shapes', () => {
    expect(() => cosineEmbeddingLoss(table, table, three)).toThrow(/expected \[N, D\] and \[N\]/)
    expect(() => cosineEmbeddingLoss(table, two, two)).toThrow(/a second input of \[2\]/)
    expect(() => tripletMarginLoss(two, two, three)).toThrow(/a negative of \[3\]/)
  })
})

describe('losses of single samples', () => {
  it('take vectors and scalars', () => {
    const x = doubles([1, 0])
    expect(cosineEmbeddingLoss(x, x, doubles([1], [])).shape).toEqual([])
    expect(tripletMarginLoss(x, x, x, { reduction: 'none' }).shape).toEqual([])
    expect(nllLoss(x, classes([1], []), { reduction: 'none' }).shape).toEqual([])
    expect(sum(crossEntropy(x, doubles([0.5, 0.5]), { reduction: 'none' })).shape).toEqual([])
  })
})
