import { type Expression, scalarOps } from '@chainrule/tensor'
import { GradientOptimizer } from './gradient-optimizer.js'
import type { LearningRate } from './learning-rate.js'
import { atLeastZero, flag, learningRate } from './option-table.js'
import type { OptimizedParameters } from './optimizer.js'
import type { UpdateRule } from './update-rule.js'

const { add, div, mul, neg, sqrt, sub } = scalarOps

/** Options of {@link RMSprop}. */
export interface RMSpropOptions {
  /** Learning rate: a number or a schedule. Default 1e-2. */
  readonly lr?: LearningRate
  /** How much of the running means each step keeps, α. Default 0.99. */
  readonly alpha?: number
  /** Added to the denominator. Default 1e-8. */
  readonly eps?: number
  /** λ of a penalty λ/2 ‖θ‖², whose gradient λθ is added. Default 0. */
  readonly weightDecay?: number
  /** Share of the last move that goes on, μ. Default 0. */
  readonly momentum?: number
  /** Divide by an estimate of the gradient's variance rather than of its mean square. Default false. */
  readonly centered?: boolean
  /** Ascend instead of descending. Default false. */
  readonly maximize?: boolean
}

type Choices = Readonly<Record<'maximize' | 'decay' | 'momentum' | 'centered', boolean>>
type Numbers = 'lr' | 'decay' | 'kept' | 'new' | 'eps' | 'momentum'

const rule: UpdateRule<Required<RMSpropOptions>, Choices, Numbers> = {
  name: 'RMSprop',
  options: {
    lr: learningRate(1e-2),
    momentum: atLeastZero('momentum', 0),
    alpha: atLeastZero('alpha', 0.99),
    eps: atLeastZero('eps', 1e-8),
    centered: flag('centered'),
    weightDecay: atLeastZero('weight_decay', 0),
    maximize: flag('maximize'),
  },
  flags: ({ maximize, weightDecay, momentum, centered }) => ({
    maximize,
    decay: weightDecay !== 0,
    momentum: momentum > 0,
    centered,
  }),
  state: ({ momentum, centered }) => [
    'square_avg',
    ...(momentum ? ['momentum_buffer'] : []),
    ...(centered ? ['grad_avg'] : []),
  ],
  savesStep: true,
  numbers: {
    lr: (_settings, _step, lr) => lr,
    decay: ({ weightDecay }) => weightDecay,
    kept: ({ alpha }) => alpha,
    new: ({ alpha }) => 1 - alpha,
    eps: ({ eps }) => eps,
    momentum: ({ momentum }) => momentum,
  },
  formula: ({ parameter, gradient, state, number }, flags) => {
    let slope: Expression = flags.maximize ? neg(gradient) : gradient
    if (flags.decay) slope = add(slope, mul(number('decay'), parameter))
    const square = add(mul(state('square_avg'), number('kept')), mul(mul(number('new'), slope), slope))
    const mean = flags.centered ? add(mul(state('grad_avg'), number('kept')), mul(number('new'), slope)) : undefined
    const variance = mean === undefined ? square : sub(square, mul(mean, mean))
    const scale = add(sqrt(variance), number('eps'))
    const averages = { square_avg: square, ...(mean && { grad_avg: mean }) }
    if (!flags.momentum) {
      return { parameter: sub(parameter, div(mul(number('lr'), slope), scale)), state: averages }
    }
    const buffer = add(mul(state('momentum_buffer'), number('momentum')), div(slope, scale))
    return { parameter: sub(parameter, mul(number('lr'), buffer)), state: { ...averages, momentum_buffer: buffer } }
  },
}

/**
 * RMSprop: each element of the gradient divided by the root of a running mean of its squares.
 *
 * g ← ∇L(θ) + λθ; v ← αv + (1 − α)g²; θ ← θ − γ g / (√v + ε). With `centered`, v less the square of a running mean of g; with
 * `momentum`, b ← μb + g / (√v + ε) and θ ← θ − γ b.
 *
 * @example
 * ```ts
 * import { Parameter } from '@chainrule/autograd'
 * import { RMSprop } from '@chainrule/optimizers'
 * const x = new Parameter([4])
 * const optimizer = new RMSprop([x], { lr: 0.5, alpha: 0.75 })
 * x.square().sum().backward()
 * optimizer.step()
 * console.log(String(x)) // tensor([3], float32)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html
 * @see Tieleman & Hinton, Neural networks for machine learning, lecture 6, 2012
 */
export class RMSprop extends GradientOptimizer<Required<RMSpropOptions>> {
  /**
   * @param params - parameters, or groups `{params, ...options}`
   * @param options - `lr` (default 1e-2), `alpha`, `eps`, `weightDecay`, `momentum`, `centered`, `maximize`
   * @throws ArgumentError for parameters or options out of their domain
   */
  constructor(params: OptimizedParameters<RMSpropOptions>, options: RMSpropOptions = {}, ...extra: never[]) {
    super(rule, params, options, ...extra)
  }
}
