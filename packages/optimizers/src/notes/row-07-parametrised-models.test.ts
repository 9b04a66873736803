import {
  argmin,
  concat,
  Generator,
  matmul,
  min,
  randn,
  scope,
  sum,
  tensor,
  type Tensor,
  unsqueeze,
} from '@chainrule/tensor'
import { Parameter } from '@chainrule/autograd'
import { describe, expect, it, vi } from 'vitest'
import { SGD } from '../index.js'

// Some tests train for hundreds of steps, and machines have other things to do.
vi.setConfig({ testTimeout: 60_000 })

const float64 = (data: readonly (number | readonly number[])[]): Tensor => tensor(data, { dtype: 'float64' })

const numbers = (x: Tensor): number[] => [...x.dataSync()]

const train = (optimizer: SGD, loss: () => Tensor, steps: number): number[] =>
  Array.from({ length: steps }, () =>
    scope(() => {
      optimizer.zeroGrad()
      const value = loss()
      value.backward()
      optimizer.step()
      return numbers(value)[0] ?? Number.NaN
    }),
  )

describe('row 7 of the notes: a linear model, ȳ = Σ wᵢ xᵢ', () => {
  const x = randn([40, 3], { dtype: 'float64', generator: new Generator(1) })
  const wanted = float64([2, -1, 0.5])
  const y = matmul(x, wanted)
  const losses = (w: Tensor): Tensor => matmul(x, w).sub(y).square()

  it('has as its average loss the mean of the losses of the samples', () => {
    const each = numbers(losses(float64([0, 1, 1])))
    const average = numbers(losses(float64([0, 1, 1])).mean())[0] ?? 0
    const mean = each.reduce((total, loss) => total + loss, 0) / each.length
    // Forty terms in another order.
    expect(Math.abs(average - mean)).toBeLessThan(1e-14 * mean)
  })

  it('is trained by descending it', () => {
    const w = new Parameter(float64([0, 0, 0]))
    const path = train(new SGD([w], { lr: 0.1 }), () => losses(w).mean(), 400)
    expect(path.at(-1)).toBeLessThan(1e-15)
    numbers(w).forEach((value, place) => {
      expect(Math.abs(value - (numbers(wanted)[place] ?? 0))).toBeLessThan(1e-7)
    })
  })
})

describe('row 7 of the notes: the nearest prototype, ȳ = argminₖ ‖x − wₖ‖²', () => {
  const centers = [
    [0, 0],
    [6, 0],
    [0, 6],
  ]
  const noise = randn([60, 2], { dtype: 'float64', generator: new Generator(2) })
  const labels = Array.from({ length: 60 }, (_, sample) => sample % 3)
  const points = float64(labels.map((label) => centers[label] ?? [])).add(noise)

  /** ‖x − wₖ‖² for each sample and prototype. */
  const distances = (w: Tensor): Tensor => sum(unsqueeze(points, 1).sub(w).square(), 2)
  const averageLoss = (w: Tensor): Tensor => min(distances(w), 1).mean()

  it('only the nearest prototype is drawn to a sample', () => {
    const w = new Parameter(
      float64([
        [1, 1],
        [50, 50],
      ]),
    )
    averageLoss(w).backward()
    const [a, b, c, d] = numbers(w.grad ?? w)
    expect([c, d]).toEqual([0, 0])
    // The mean of 2 (w − x) over all samples.
    const mean = numbers(points.mean(0))
    expect(Math.abs((a ?? 0) - 2 * (1 - (mean[0] ?? 0)))).toBeLessThan(1e-13)
    expect(Math.abs((b ?? 0) - 2 * (1 - (mean[1] ?? 0)))).toBeLessThan(1e-13)
  })

  it('is trained by descending the squared distance to the nearest one: prototypes become means', () => {
    const w = new Parameter(concat([points.narrow(0, 0, 3)]))
    const path = train(new SGD([w], { lr: 0.5 }), () => averageLoss(w), 200)
    // It goes down, up to the rounding of sixty terms.
    expect(path.every((loss, step) => step === 0 || loss <= (path[step - 1] ?? 0) * (1 + 1e-14))).toBe(true)
    const nearest = numbers(argmin(distances(w), 1))
    expect(nearest).toEqual(labels)
    labels.slice(0, 3).forEach((label) => {
      const members = labels.flatMap((other, sample) => (other === label ? [sample] : []))
      for (const axis of [0, 1]) {
        const mean =
          members.reduce((total, sample) => total + (numbers(points)[2 * sample + axis] ?? 0), 0) / members.length
        // Each step shrinks the distance to the mean by a third: 3^-200 is below rounding.
        expect(Math.abs((numbers(w)[2 * label + axis] ?? 0) - mean)).toBeLessThan(1e-14)
      }
    })
  })
})
