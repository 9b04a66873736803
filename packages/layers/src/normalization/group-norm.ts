import type { Parameter } from '@chainrule/autograd'
import {
  ArgumentError,
  type CreationOptions,
  normalize,
  ones,
  type OptionNames,
  requireOptions,
  reshape,
  scaleAndShift,
  ShapeError,
  showShape,
  type Tensor,
  zeros,
} from '@chainrule/tensor'
import { makeParameter } from '../make-parameter.js'
import { Module } from '../module/module.js'
import { requireSizes } from '../require-sizes.js'
import { alongChannels } from './along-channels.js'

/** Options of `GroupNorm`. */
export interface GroupNormOptions extends CreationOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number
  /** Whether to scale and shift. Default true. */
  readonly affine?: boolean
}

const optionNames: OptionNames<GroupNormOptions> = {
  eps: 'place',
  affine: 'place',
  device: 'place',
  dtype: 'place',
}

/**
 * Group normalization (Wu & He, 2018): each sample's channels in groups, (x − mean) / √(variance + eps) · weight + bias.
 *
 * State dict: `weight` (ones) and `bias` (zeros) [numChannels].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html
 *
 * @example
 * ```ts
 * import { GroupNorm } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * console.log(new GroupNorm(2, 6).forward(ones([1, 6, 4, 4])).shape) // [1, 6, 4, 4]
 * ```
 */
export class GroupNorm extends Module {
  /** How many groups. */
  readonly numGroups: number
  /** How many channels, in all groups together. */
  readonly numChannels: number
  /** Added to the variance. */
  readonly eps: number
  /** Scale of each channel. */
  readonly weight: Parameter | undefined
  /** Shift of each channel. */
  readonly bias: Parameter | undefined

  /**
   * @param numGroups - how many groups
   * @param numChannels - how many channels, in all groups together
   * @param options - `eps` (default 1e-5), `affine` (true), `dtype`, `device`
   * @throws ArgumentError unless the groups divide the channels
   */
  constructor(numGroups: number, numChannels: number, options: GroupNormOptions = {}, ...extra: never[]) {
    super()
    requireOptions('GroupNorm', [options, ...extra], 2, optionNames)
    const { eps = 1e-5, affine = true, ...where } = options
    requireSizes('GroupNorm', { numGroups, numChannels })
    if (numChannels % numGroups !== 0) {
      throw new ArgumentError(
        `GroupNorm: got ${numChannels} channels in ${numGroups} groups, expected groups to divide the channels. Choose another number of groups.`,
      )
    }
    this.numGroups = numGroups
    this.numChannels = numChannels
    this.eps = eps
    this.weight = affine ? makeParameter(() => ones([numChannels], where)) : undefined
    this.bias = affine ? makeParameter(() => zeros([numChannels], where)) : undefined
  }

  /**
   * Normalizes each group of each sample.
   *
   * @param x - [N, numChannels, ...]
   * @returns a tensor of the same shape
   * @throws ShapeError when axis 1 is not numChannels
   */
  override forward(x: Tensor): Tensor {
    const [samples = 0, channels, ...rest] = x.shape
    if (x.rank < 2 || channels !== this.numChannels) {
      throw new ShapeError(
        `GroupNorm: got an input of ${showShape(x.shape)}, expected [N, ${this.numChannels}, ...]. Check the previous layer's channels.`,
      )
    }
    const grouped = reshape(x, [samples, this.numGroups, channels / this.numGroups, ...rest])
    const axes = grouped.shape.map((_, axis) => axis).slice(2)
    const normal = reshape(normalize(grouped, axes, this.eps), x.shape)
    return scaleAndShift(normal, alongChannels(this.weight, x.rank), alongChannels(this.bias, x.rank))
  }
}
