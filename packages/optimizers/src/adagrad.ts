import { type Expression, scalarOps } from '@chainrule/tensor'
import { GradientOptimizer } from './gradient-optimizer.js'
import type { LearningRate } from './learning-rate.js'
import { atLeastZero, flag, learningRate } from './option-table.js'
import type { OptimizedParameters } from './optimizer.js'
import type { UpdateRule } from './update-rule.js'

const { add, div, mul, neg, sqrt, sub } = scalarOps

/** Options of {@link Adagrad}. */
export interface AdagradOptions {
  /** Learning rate: a number or a schedule. Default 1e-2. */
  readonly lr?: LearningRate
  /** The rate of step t is γ / (1 + (t − 1) · lrDecay). Default 0. */
  readonly lrDecay?: number
  /** λ of a penalty λ/2 ‖θ‖², whose gradient λθ is added. Default 0. */
  readonly weightDecay?: number
  /** What the sums of squares start with. Default 0. */
  readonly initialAccumulatorValue?: number
  /** Added to the denominator. Default 1e-10. */
  readonly eps?: number
  /** Ascend instead of descending. Default false. */
  readonly maximize?: boolean
}

type Choices = Readonly<Record<'maximize' | 'decay', boolean>>
type Numbers = 'rate' | 'decay' | 'eps'

const rule: UpdateRule<Required<AdagradOptions>, Choices, Numbers> = {
  name: 'Adagrad',
  options: {
    lr: learningRate(1e-2),
    lrDecay: atLeastZero('lr_decay', 0),
    eps: atLeastZero('eps', 1e-10),
    weightDecay: atLeastZero('weight_decay', 0),
    initialAccumulatorValue: atLeastZero('initial_accumulator_value', 0),
    maximize: flag('maximize'),
  },
  flags: ({ maximize, weightDecay }) => ({ maximize, decay: weightDecay !== 0 }),
  state: () => ['sum'],
  initial: ({ initialAccumulatorValue }) => initialAccumulatorValue,
  savesStep: true,
  numbers: {
    rate: ({ lrDecay }, step, lr) => lr / (1 + (step - 1) * lrDecay),
    decay: ({ weightDecay }) => weightDecay,
    eps: ({ eps }) => eps,
  },
  formula: ({ parameter, gradient, state, number }, flags) => {
    let slope: Expression = flags.maximize ? neg(gradient) : gradient
    if (flags.decay) slope = add(slope, mul(number('decay'), parameter))
    const sum = add(state('sum'), mul(slope, slope))
    const scale = add(sqrt(sum), number('eps'))
    return { parameter: sub(parameter, div(mul(number('rate'), slope), scale)), state: { sum } }
  },
}

/**
 * Adagrad: each element of the gradient divided by the root of the sum of all its squares so far.
 *
 * g ← ∇L(θ) + λθ; s ← s + g²; θ ← θ − γ/(1 + (t − 1)η) · g / (√s + ε)
 *
 * @example
 * ```ts
 * import { Parameter } from '@chainrule/autograd'
 * import { Adagrad } from '@chainrule/optimizers'
 * const x = new Parameter([4])
 * const optimizer = new Adagrad([x], { lr: 0.5 })
 * x.square().sum().backward()
 * optimizer.step()
 * console.log(String(x)) // tensor([3.5], float32)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html
 * @see Duchi et al., Adaptive subgradient methods for online learning and stochastic optimization, 2011
 */
export class Adagrad extends GradientOptimizer<Required<AdagradOptions>> {
  /**
   * @param params - parameters, or groups `{params, ...options}`
   * @param options - `lr` (default 1e-2), `lrDecay`, `weightDecay`, `initialAccumulatorValue`, `eps`, `maximize`
   * @throws ArgumentError for parameters or options out of their domain
   */
  constructor(params: OptimizedParameters<AdagradOptions>, options: AdagradOptions = {}, ...extra: never[]) {
    super(rule, params, options, ...extra)
  }
}
