import { noGrad, type Parameter } from '@chainrule/autograd'
import {
  batchStatistics,
  type CreationOptions,
  mean,
  normalize,
  ones,
  type OptionNames,
  requireOptions,
  scaleAndShift,
  ShapeError,
  showShape,
  standardize,
  type Tensor,
  type Variable,
  variance,
  zeros,
} from '@chainrule/tensor'
import { makeBuffer, makeParameter } from '../make-parameter.js'
import { Module } from '../module/module.js'
import { requireSizes } from '../require-sizes.js'
import { alongChannels } from './along-channels.js'

/** Options of `BatchNorm1d` and `BatchNorm2d`. */
export interface BatchNormOptions extends CreationOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number
  /** Weight of a batch in the running statistics; null for the average over all batches so far. Default 0.1. */
  readonly momentum?: number | null
  /** Whether to scale and shift. Default true. */
  readonly affine?: boolean
  /** Whether to keep running statistics for evaluation. Default true. */
  readonly trackRunningStats?: boolean
}

/** All axes but that of the channels. */
const batchAxes = (x: Tensor): readonly number[] => x.shape.map((_, axis) => axis).filter((axis) => axis !== 1)

const optionNames: OptionNames<BatchNormOptions> = {
  eps: 'place',
  momentum: 'place',
  affine: 'place',
  trackRunningStats: 'place',
  device: 'place',
  dtype: 'place',
}

/**
 * What batch normalization of any rank shares (Ioffe & Szegedy, 2015): each channel (axis 1) is normalized by the mean and
 * biased variance of the batch in training, by running statistics in evaluation.
 */
export abstract class BatchNorm extends Module {
  /** How many channels. */
  readonly numFeatures: number
  /** Added to the variance. */
  readonly eps: number
  /** Weight of a batch in the running statistics; null for the average over all batches. */
  readonly momentum: number | null
  /** Scale of each channel. */
  readonly weight: Parameter | undefined
  /** Shift of each channel. */
  readonly bias: Parameter | undefined
  /** Running mean of each channel. */
  readonly runningMean: Variable | undefined
  /** Running unbiased variance of each channel. */
  readonly runningVar: Variable | undefined
  /** Batches so far, int32. */
  readonly numBatchesTracked: Variable | undefined

  /**
   * @param numFeatures - how many channels
   * @param options - `eps` (default 1e-5), `momentum` (0.1), `affine` (true), `trackRunningStats` (true), `dtype`, `device`
   * @throws ArgumentError unless numFeatures is a whole number of at least 1
   */
  constructor(numFeatures: number, options: BatchNormOptions = {}, ...extra: never[]) {
    super()
    requireOptions(this.constructor.name, [options, ...extra], 1, optionNames)
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true, ...where } = options
    requireSizes(this.constructor.name, { numFeatures })
    this.numFeatures = numFeatures
    this.eps = eps
    this.momentum = momentum
    this.weight = affine ? makeParameter(() => ones([numFeatures], where)) : undefined
    this.bias = affine ? makeParameter(() => zeros([numFeatures], where)) : undefined
    this.runningMean = trackRunningStats ? makeBuffer(() => zeros([numFeatures], where)) : undefined
    this.runningVar = trackRunningStats ? makeBuffer(() => ones([numFeatures], where)) : undefined
    this.numBatchesTracked = trackRunningStats ? makeBuffer(() => zeros([], { ...where, dtype: 'int32' })) : undefined
  }

  /** Ranks of input that the layer takes, with their layouts. */
  protected abstract readonly layouts: Readonly<Record<number, string>>

  /**
   * Normalizes each channel.
   *
   * @param x - channels along axis 1
   * @returns a tensor of the same shape
   * @throws ShapeError for another rank or number of channels, or one value a channel in training
   */
  override forward(x: Tensor): Tensor {
    this.#requireLayout(x)
    const { runningMean, runningVar } = this
    const affine = (normal: Tensor): Tensor =>
      scaleAndShift(normal, alongChannels(this.weight, x.rank), alongChannels(this.bias, x.rank))
    if (!this.training && runningMean !== undefined && runningVar !== undefined) {
      return affine(standardize(x, alongChannels(runningMean, x.rank), alongChannels(runningVar, x.rank), this.eps))
    }
    const result = affine(normalize(x, batchAxes(x), this.eps))
    if (this.training) this.#track(x)
    return result
  }

  #requireLayout(x: Tensor): void {
    const name = this.constructor.name
    if (!(x.rank in this.layouts) || x.shape[1] !== this.numFeatures) {
      const layouts = Object.values(this.layouts).join(' or ').replaceAll('C', String(this.numFeatures))
      throw new ShapeError(
        `${name}: got an input of ${showShape(x.shape)}, expected ${layouts}. Check the previous layer's channels.`,
      )
    }
    if (this.training && x.size === this.numFeatures) {
      throw new ShapeError(
        `${name}: got an input of ${showShape(x.shape)} in training, expected more than one value a channel. ` +
          'Use larger batches (dropLast: true), or eval().',
      )
    }
  }

  /** Takes a batch into the running statistics. */
  #track(x: Tensor): void {
    const { runningMean, runningVar, numBatchesTracked, momentum } = this
    if (runningMean === undefined || runningVar === undefined || numBatchesTracked === undefined) return
    noGrad(() => {
      const batches = numBatchesTracked.add(1)
      const running = { mean: runningMean, variance: runningVar }
      const next = momentum === null ? averaged(x, running, batches) : batchStatistics(x, running, momentum)
      runningMean.assign(next.mean)
      runningVar.assign(next.variance)
      numBatchesTracked.assign(batches)
    })
  }
}

/** The average over all batches, of which this is number `batches`. */
const averaged = (
  x: Tensor,
  running: { readonly mean: Tensor; readonly variance: Tensor },
  batches: Tensor,
): { readonly mean: Tensor; readonly variance: Tensor } => {
  const axes = batchAxes(x)
  const towards = (before: Tensor, now: Tensor): Tensor => before.add(now.sub(before).div(batches.to(x.dtype)))
  return { mean: towards(running.mean, mean(x, axes)), variance: towards(running.variance, variance(x, axes)) }
}

/**
 * Batch normalization over [N, C] or [N, C, L].
 *
 * State dict: `weight` (ones), `bias` (zeros), `running_mean` (zeros), `running_var` (ones) [C], `num_batches_tracked`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
 *
 * @example
 * ```ts
 * import { BatchNorm1d } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * const layer = new BatchNorm1d(1, { eps: 0 })
 * console.log(String(layer.forward(tensor([[1], [3]]))))
 * // tensor([[-1],
 * //         [1]], float32)
 * ```
 */
export class BatchNorm1d extends BatchNorm {
  protected override readonly layouts = { 2: '[N, C]', 3: '[N, C, L]' }
}

/**
 * Batch normalization over [N, C, H, W].
 *
 * State dict: `weight` (ones), `bias` (zeros), `running_mean` (zeros), `running_var` (ones) [C], `num_batches_tracked`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
 *
 * @example
 * ```ts
 * import { BatchNorm2d } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * console.log(new BatchNorm2d(3).forward(ones([2, 3, 8, 8])).shape) // [2, 3, 8, 8]
 * ```
 */
export class BatchNorm2d extends BatchNorm {
  protected override readonly layouts = { 4: '[N, C, H, W]' }
}
