import { adamRule } from './adam-rule.js'
import { GradientOptimizer } from './gradient-optimizer.js'
import type { LearningRate } from './learning-rate.js'
import type { OptimizedParameters } from './optimizer.js'

/** Options of {@link Adam}. */
export interface AdamOptions {
  /** Learning rate: a number or a schedule. Default 1e-3. */
  readonly lr?: LearningRate
  /** How much of the running means of gradient and squared gradient each step keeps. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number]
  /** Added to the denominator. Default 1e-8. */
  readonly eps?: number
  /** λ of a penalty λ/2 ‖θ‖², whose gradient λθ is added. Default 0. */
  readonly weightDecay?: number
  /** Divide by the largest mean of squares so far (Reddi et al., 2018). Default false. */
  readonly amsgrad?: boolean
  /** Ascend instead of descending. Default false. */
  readonly maximize?: boolean
}

const rule = adamRule('Adam', false, 0)

/**
 * Adam: descent along a running mean of gradients, each element scaled by a running mean of its squares.
 *
 * g ← ∇L(θ) + λθ; m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − γ/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)
 *
 * @example
 * ```ts
 * import { Parameter } from '@chainrule/autograd'
 * import { Adam } from '@chainrule/optimizers'
 * const x = new Parameter([4])
 * const optimizer = new Adam([x], { lr: 0.5 })
 * x.square().sum().backward()
 * optimizer.step()
 * console.log(String(x)) // tensor([3.5], float32)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adam.html
 * @see Kingma & Ba, Adam: a method for stochastic optimization, 2015
 */
export class Adam extends GradientOptimizer<Required<AdamOptions>> {
  /**
   * @param params - parameters, or groups `{params, ...options}`
   * @param options - `lr` (default 1e-3), `betas`, `eps`, `weightDecay`, `amsgrad`, `maximize`
   * @throws ArgumentError for parameters or options out of their domain
   */
  constructor(params: OptimizedParameters<AdamOptions>, options: AdamOptions = {}, ...extra: never[]) {
    super(rule, params, options, ...extra)
  }
}
