import { loadCsv } from '@chainrule/data'
import { concat, matmul, norm, ones, scope, sigmoid, softplus, tensor, type Tensor } from '@chainrule/tensor'
import { grad, Parameter } from '@chainrule/autograd'
import { describe, expect, it, vi } from 'vitest'
import { SGD } from '../index.js'
import { sharedData } from '../../../../scripts/shared-data.js'

// Some tests train for hundreds of steps, and machines have other things to do.
vi.setConfig({ testTimeout: 60_000 })

const numbers = (x: Tensor): number[] => [...x.dataSync()]

/** p(y given x) = σ(y wᵀx) for labels y = ±1, so −log p = softplus(−y wᵀx). */
const negativeLogLikelihoods = (w: Tensor, x: Tensor, y: Tensor): Tensor => softplus(matmul(x, w).mul(y).neg())

/** L = ½‖w‖² − λ Σ log p(y given x) */
const lossOf = (w: Tensor, x: Tensor, y: Tensor, lambda: number): Tensor =>
  w
    .square()
    .sum()
    .div(2)
    .add(negativeLogLikelihoods(w, x, y).sum().mul(lambda))

describe('row 12 of the notes: logistic regression with labels ±1', () => {
  it.each([1, -1])('has the gradient w − λ y (1 − σ(y wᵀx)) x for y = %d', (label) => {
    const w = tensor([0.5, -1, 0.25], { dtype: 'float64' })
    const x = tensor([[2, 1, -3]], { dtype: 'float64' })
    const y = tensor([label], { dtype: 'float64' })
    const lambda = 0.7
    const found = numbers(grad((v) => lossOf(v, x, y, lambda))(w))
    // wᵀx = 1 − 1 − 0.75
    const sigma = 1 / (1 + Math.exp(0.75 * label))
    const formula = numbers(w).map((each, place) => each - lambda * label * (1 - sigma) * (numbers(x)[place] ?? 0))
    found.forEach((value, place) => {
      // A few roundings of numbers of about 1.
      expect(Math.abs(value - (formula[place] ?? 0))).toBeLessThan(1e-15)
    })
  })

  it('learns to tell two kinds of iris apart', async (context) => {
    const table = await loadCsv(sharedData(context, 'uci/iris.csv'), { label: -1 })
    const { train, test } = table.split({ testFraction: 0.3, seed: 4, standardize: true })
    /** The samples of versicolor (y = −1) and virginica (y = +1), with a constant feature. */
    const pair = ({ features, labels }: typeof train): { x: Tensor; y: Tensor } => {
      const classes = numbers(labels ?? features)
      const rows = classes.flatMap((kind, row) => (kind === 0 ? [] : [row]))
      const x = features.indexSelect(0, tensor(rows, { dtype: 'int32' })).to('float64')
      const y = tensor(
        rows.map((row) => (classes[row] === 2 ? 1 : -1)),
        { dtype: 'float64' },
      )
      return { x: concat([x, ones([rows.length, 1], { dtype: 'float64' })], 1), y }
    }
    const [seen, unseen] = [pair(train), pair(test)]
    const w = new Parameter(tensor([0, 0, 0, 0, 0], { dtype: 'float64' }))
    const lambda = 10
    const optimizer = new SGD([w], { lr: 0.004, momentum: 0.95 })
    for (let step = 0; step < 1000; step++) {
      scope(() => {
        optimizer.zeroGrad()
        lossOf(w, seen.x, seen.y, lambda).backward()
        optimizer.step()
      })
    }
    // At the minimum the formula says w = λ Σ y (1 − σ(y wᵀx)) x.
    const { x, y } = seen
    const pull = matmul(y.mul(sigmoid(matmul(x, w).mul(y)).neg().add(1)), x)
    expect(numbers(norm(w.sub(pull.mul(lambda))))[0]).toBeLessThan(1e-8)
    const accuracy = ({ x, y }: typeof seen): number => {
      const right = numbers(matmul(x, w).mul(y).greater(0))
      return right.reduce((total, each) => total + each, 0) / right.length
    }
    expect(unseen.y.size).toBeGreaterThan(20)
    console.log(`iris, versicolor against virginica: ${accuracy(seen)} of the seen, ${accuracy(unseen)} of the unseen`)
    // The two kinds overlap: the best lines miss about one in twenty-five.
    expect(accuracy(seen)).toBeGreaterThan(0.93)
    expect(accuracy(unseen)).toBeGreaterThan(0.9)
  })
})
