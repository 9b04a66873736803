import type { Cell } from '../../cell.js'
import type { Composite } from '../../composite.js'
import { add, cellSlot, count, div, input, like, mul, stage, sub } from '../../expression/builders.js'
import { add as plus, mul as times, sub as minus } from '../arithmetic.js'
import { reducedShape } from '../definitions/reduce.js'
import { select } from '../slicing.js'
import { mean, variance } from '../statistics.js'
import { launchRow, rowStructure } from './fused-row.js'
import type { Tensor } from '../../tensor.js'

/** The axes that a channel's elements lie along, and the weight of the new batch. */
export interface BatchStatisticsOptions {
  readonly axes: readonly number[]
  readonly momentum: number | Cell
}

/** Inputs x, running mean, running variance; outputs a channel: (1 − m) · running + m · batch, the variance unbiased. */
const structure = rowStructure((dtype) => {
  const momentum = cellSlot(0, dtype)
  const one = like(momentum, 1)
  const mu = div(stage(0, dtype), count(dtype))
  const deviation = sub(input(0, dtype), mu)
  const unbiased = div(stage(1, dtype), sub(count(dtype), one))
  const moved = (running: number, batch: typeof mu) =>
    add(mul(sub(one, momentum), input(running, dtype)), mul(momentum, batch))
  return {
    inputs: [dtype, dtype, dtype],
    stages: [
      { reduction: 'sum', expression: input(0, dtype) },
      { reduction: 'sum', expression: mul(deviation, deviation) },
    ],
    outputs: [
      { per: 'row', expression: moved(1, mu) },
      { per: 'row', expression: moved(2, unbiased) },
    ],
  }
})

/** One number a row of a tensor that repeats it along axes. */
const onePerRow = (x: Tensor, axes: readonly number[]): Tensor =>
  [...axes].sort((a, b) => b - a).reduce((rest, axis) => select(rest, axis, 0), x)

/** Running mean and variance after a batch, in one row kernel; inputs x and both statistics broadcast to its shape. */
export const batchStatisticsComposite: Composite<BatchStatisticsOptions> = {
  name: 'batchStatistics',
  meaning: ([x, runningMean, runningVar], { axes, momentum }) => {
    if (x === undefined || runningMean === undefined || runningVar === undefined) return []
    const moved = (running: Tensor, batch: Tensor): Tensor => plus(running, times(minus(batch, running), momentum))
    return [moved(onePerRow(runningMean, axes), mean(x, axes)), moved(onePerRow(runningVar, axes), variance(x, axes))]
  },
  fused: {
    infer: ([x], { axes }) => {
      if (x === undefined) return []
      const spec = { shape: reducedShape(x.shape, axes, false), dtype: x.dtype }
      return [spec, spec]
    },
    lower: (build, { axes, momentum }) => {
      launchRow(build, structure(build.layout(0).dtype), axes, [momentum])
    },
  },
}
