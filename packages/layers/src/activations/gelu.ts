import { ArgumentError, gelu, type GeluOptions, type OptionNames, requireOptions, type Tensor } from '@chainrule/tensor'
import { Module } from '../module/module.js'

const optionNames: OptionNames<GeluOptions> = {
  approximate: 'place',
}

/**
 * x Φ(x), with Φ the standard normal distribution function (Hendrycks & Gimpel, 2016).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GELU.html
 *
 * @example
 * ```ts
 * import { GELU } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(new GELU().forward(tensor([0, 1])))) // tensor([0, 0.84134], float32)
 * ```
 */
export class GELU extends Module {
  /** `'none'`: by erf. `'tanh'`: the approximation of the original GPT. */
  readonly approximate: 'none' | 'tanh'

  /**
   * @param options - `approximate`: `'none'` (default) or `'tanh'`
   * @throws ArgumentError for another approximation
   */
  constructor(options: GeluOptions = {}, ...extra: never[]) {
    super()
    requireOptions('GELU', [options, ...extra], 0, optionNames)
    const { approximate = 'none' } = options
    if (!['none', 'tanh'].includes(approximate)) {
      throw new ArgumentError(`GELU: got approximate '${String(approximate)}', expected 'none' or 'tanh'.`)
    }
    this.approximate = approximate
  }

  /**
   * Applies the function to each element.
   *
   * @param x - a tensor of any shape
   * @returns a tensor of the same shape
   */
  override forward(x: Tensor): Tensor {
    return gelu(x, { approximate: this.approximate })
  }
}
