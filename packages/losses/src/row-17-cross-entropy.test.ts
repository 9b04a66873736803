import { grad, recordGraph } from '@chainrule/autograd'
import { oneHot, relu, sign, softmax, sum, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { crossEntropy } from './index.js'

const logits = tensor(new Float64Array([2, -1, 0.5, 0.1, 3, -2]), { shape: [2, 3] })
const classes = tensor([0, 2], { dtype: 'int32' })

/** Both sides are sums of a few exponentials in float64. */
const digits = 14

describe('row 17 of the notes: cross-entropy on logits', () => {
  it('has the gradient ŷ − y', () => {
    const gradient = grad((theta: Tensor) => crossEntropy(theta, classes, { reduction: 'sum' }))(logits).dataSync()
    const expected = softmax(logits, 1).sub(oneHot(classes, 3)).dataSync()
    expect(gradient).toHaveLength(6)
    gradient.forEach((value, place) => {
      expect(value).toBeCloseTo(expected[place] ?? 0, digits)
    })
  })

  it('has that gradient divided by the number of samples in the mean', () => {
    const gradient = grad((theta: Tensor) => crossEntropy(theta, classes))(logits).dataSync()
    const expected = softmax(logits, 1).sub(oneHot(classes, 3)).div(2).dataSync()
    gradient.forEach((value, place) => {
      expect(value).toBeCloseTo(expected[place] ?? 0, digits)
    })
  })

  it('computes it in one kernel, which is that formula', () => {
    const graph = recordGraph(() => grad((theta: Tensor) => crossEntropy(theta, classes, { reduction: 'sum' }))(logits))
    expect(graph.nodes.map(({ label }) => label).filter((label) => label.startsWith('crossEntropy'))).toEqual([
      'crossEntropy',
      'crossEntropyGradient',
    ])
  })

  it('has gradients that sum to 0 over the classes, since ŷ and y both sum to 1', () => {
    const gradient = grad((theta: Tensor) => crossEntropy(theta, classes))(logits)
    for (const total of sum(gradient, 1).dataSync()) expect(total).toBeCloseTo(0, digits)
  })
})

describe('row 17 of the notes: ReLU’s derivative in terms of its value', () => {
  it('is sgn(ReLU(x)), 0 at 0', () => {
    const x = tensor([-2, -0.5, 0, 0.5, 2])
    const slope = grad((input: Tensor) => sum(relu(input)))(x)
    expect([...slope.dataSync()]).toEqual([0, 0, 0, 1, 1])
    expect([...slope.dataSync()]).toEqual([...sign(relu(x)).dataSync()])
  })
})
