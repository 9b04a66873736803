import type { Cell } from '../cell.js'
import { applyComposite } from '../composite.js'
import { add, div, sqrt, sub } from '../expression/builders.js'
import type { Tensor } from '../tensor.js'
import { batchStatisticsComposite } from './composites/batch-statistics.js'
import { defineElementwise } from './define-elementwise.js'
import { broadcastTo, reshape } from './movement.js'

const standardized = defineElementwise({
  name: 'standardize',
  meaning: (x, mean, variance, eps) => div(sub(x, mean), sqrt(add(variance, eps))),
})

/**
 * (x − mean) / √(variance + eps) with statistics from elsewhere, in one kernel: batch norm in use.
 *
 * @param x - a floating tensor
 * @param mean - of a shape that broadcasts to that of x
 * @param variance - likewise
 * @param eps - added to the variance. Default 1e-5
 * @returns a tensor of the shape of x
 *
 * @example
 * ```ts
 * import { standardize, tensor } from '@chainrule/tensor'
 * console.log(standardize(tensor([3, 5]), tensor(3), tensor(4), 0).toString()) // tensor([0, 1], float32)
 * ```
 */
export const standardize = (x: Tensor, mean: Tensor, variance: Tensor, eps: number | Cell = 1e-5): Tensor =>
  standardized([x, mean, variance], [eps])

/** Mean and unbiased variance of each channel. */
export interface RunningStatistics {
  readonly mean: Tensor
  readonly variance: Tensor
}

/**
 * Running statistics of each channel (axis 1) after one more batch, in one kernel: (1 − m) · running + m · batch, the
 * variance of the batch unbiased.
 *
 * @param x - [N, C, ...]
 * @param running - `mean` and `variance` before, [C] each
 * @param momentum - the weight m of the batch
 * @returns `mean` and `variance` after
 *
 * @example
 * ```ts
 * import { batchStatistics, ones, tensor, zeros } from '@chainrule/tensor'
 * const running = { mean: zeros([1]), variance: ones([1]) }
 * const { mean } = batchStatistics(tensor([[1], [3]]), running, 0.5)
 * console.log(mean.toString()) // tensor([1], float32)
 * ```
 */
export const batchStatistics = (x: Tensor, running: RunningStatistics, momentum: number | Cell): RunningStatistics => {
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1)
  const alongChannels = (statistic: Tensor): Tensor =>
    broadcastTo(
      reshape(
        statistic,
        x.shape.map((size, axis) => (axis === 1 ? size : 1)),
      ),
      x.shape,
    )
  const inputs = [x, alongChannels(running.mean), alongChannels(running.variance)]
  const [mean = running.mean, variance = running.variance] = applyComposite(batchStatisticsComposite, inputs, {
    axes,
    momentum,
  })
  return { mean, variance }
}
