import { ArgumentError, defineElementwise, rand, requireNoMore, scalarOps, type Tensor } from '@chainrule/tensor'
import { Module } from './module/module.js'

const { less, like, mul, where } = scalarOps

/** 0 where the random number is below p, else x · scale. */
const dropped = defineElementwise({
  name: 'dropout',
  meaning: (x, random, p, scale) => where(less(random, p), like(x, 0), mul(x, scale)),
  partials: (x, random, p, scale) => [where(less(random, p), like(x, 0), scale), undefined],
})

/** Checks a probability of dropping. */
export const requireProbability = (layer: string, p: number): void => {
  if (!(typeof p === 'number' && p >= 0 && p <= 1)) {
    throw new ArgumentError(`${layer}: got p ${String(p)}, expected a probability in 0 … 1. Pass the share to drop.`)
  }
}

/**
 * Sets elements to 0 with probability p and scales the others by 1 / (1 − p), so that the mean stays.
 *
 * @param x - a floating tensor
 * @param p - the probability
 * @returns a tensor of the same shape; x itself where p is 0
 */
export const dropout = (x: Tensor, p: number): Tensor =>
  p === 0 ? x : dropped([x, rand(x.shape, { device: x.device })], [p, 1 / (1 - p)])

/**
 * Sets elements to 0 with probability p in training and scales the others by 1 / (1 − p); does nothing in evaluation (Srivastava
 * et al., 2014). Random numbers come from the stream that `manualSeed` seeds.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html
 *
 * @example
 * ```ts
 * import { Dropout } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * const layer = new Dropout(0.5)
 * console.log(layer.forward(ones([4]))) // zeros and twos
 * console.log(String(layer.eval().forward(ones([2])))) // tensor([1, 1], float32)
 * ```
 */
export class Dropout extends Module {
  /** Probability that an element is dropped. */
  readonly p: number

  /**
   * @param p - probability that an element is dropped. Default 0.5
   * @throws ArgumentError unless it is in 0 … 1
   */
  constructor(p = 0.5, ...extra: never[]) {
    super()
    requireNoMore('Dropout', extra, 1)
    requireProbability('Dropout', p)
    this.p = p
  }

  /**
   * Drops elements, in training.
   *
   * @param x - a floating tensor of any shape
   * @returns a tensor of the same shape; x itself in evaluation
   */
  override forward(x: Tensor): Tensor {
    return this.training ? dropout(x, this.p) : x
  }
}
