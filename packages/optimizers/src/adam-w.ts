import { adamRule } from './adam-rule.js'
import type { AdamOptions } from './adam.js'
import { GradientOptimizer } from './gradient-optimizer.js'
import type { OptimizedParameters } from './optimizer.js'

/** Options of {@link AdamW}. */
export interface AdamWOptions extends Omit<AdamOptions, 'weightDecay'> {
  /** λ: each step first multiplies the weights by 1 − γλ. Default 0.01. */
  readonly weightDecay?: number
}

const rule = adamRule('AdamW', true, 0.01)

/**
 * Adam whose weight decay acts on the weights themselves, not through the running means.
 *
 * θ ← (1 − γλ)θ; then Adam's step with λ = 0.
 *
 * @example
 * ```ts
 * import { Parameter } from '@chainrule/autograd'
 * import { AdamW } from '@chainrule/optimizers'
 * const x = new Parameter([4])
 * const optimizer = new AdamW([x], { lr: 0.5, weightDecay: 0.25 })
 * x.square().sum().backward()
 * optimizer.step()
 * console.log(String(x)) // tensor([3], float32)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html
 * @see Loshchilov & Hutter, Decoupled weight decay regularization, 2019
 */
export class AdamW extends GradientOptimizer<Required<AdamWOptions>> {
  /**
   * @param params - parameters, or groups `{params, ...options}`
   * @param options - `lr` (default 1e-3), `betas`, `eps`, `weightDecay` (default 0.01), `amsgrad`, `maximize`
   * @throws ArgumentError for parameters or options out of their domain
   */
  constructor(params: OptimizedParameters<AdamWOptions>, options: AdamWOptions = {}, ...extra: never[]) {
    super(rule, params, options, ...extra)
  }
}
