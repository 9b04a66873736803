import { ArgumentError, type Expression, sameShape, scalarOps, ShapeError, showShape, Tensor } from '@chainrule/tensor'
import type { Parameter } from '@chainrule/autograd'
import { GradientOptimizer } from './gradient-optimizer.js'
import type { LearningRate } from './learning-rate.js'
import { atLeastZero, finite, flag, learningRate } from './option-table.js'
import type { OptimizedParameters } from './optimizer.js'
import type { UpdateRule } from './update-rule.js'

const { add, mul, neg, sub } = scalarOps

/** Multiplies a gradient by something: the inverse of a Hessian, say, for Newton's method. */
export type Preconditioner = (gradient: Tensor, parameter: Parameter) => Tensor

/** Options of {@link SGD}. */
export interface SGDOptions {
  /** Learning rate: a number or a schedule. Default 1e-3. */
  readonly lr?: LearningRate
  /** Share of the last move that goes on, μ. Default 0. */
  readonly momentum?: number
  /** Share of the gradient that momentum leaves out, τ. Default 0. */
  readonly dampening?: number
  /** λ of a penalty λ/2 ‖θ‖², whose gradient λθ is added. Default 0. */
  readonly weightDecay?: number
  /** Look ahead along the momentum (Nesterov). Default false. */
  readonly nesterov?: boolean
  /** Ascend instead of descending. Default false. */
  readonly maximize?: boolean
  /**
   * A learning rate that is a matrix: its result, of the parameter's shape, takes the place of the gradient (of the penalised
   * objective), before momentum. State dicts leave it out.
   */
  readonly preconditioner?: Preconditioner
}

/** Options of {@link SGD}, all set. */
export type SGDSettings = Required<Omit<SGDOptions, 'preconditioner'>> & Pick<SGDOptions, 'preconditioner'>

type Choices = Readonly<Record<'maximize' | 'decay' | 'momentum' | 'nesterov', boolean>>
type Numbers = 'lr' | 'momentum' | 'fresh' | 'decay'

const precondition = (gradient: Tensor, parameter: Parameter, settings: SGDSettings): Tensor => {
  const { preconditioner, maximize, weightDecay } = settings
  if (preconditioner === undefined) return gradient
  const sign = maximize ? gradient.neg() : gradient
  const result: unknown = preconditioner(weightDecay === 0 ? sign : sign.add(parameter.mul(weightDecay)), parameter)
  if (!(result instanceof Tensor)) {
    throw new ArgumentError(
      `SGD: got a preconditioner that returns ${typeof result}, expected one that returns a tensor.`,
    )
  }
  if (!sameShape(result.shape, parameter.shape)) {
    throw new ShapeError(
      `SGD: got ${showShape(result.shape)} from the preconditioner, expected the parameter's shape ${showShape(parameter.shape)}.`,
    )
  }
  return result.to(parameter.dtype)
}

const rule: UpdateRule<SGDSettings, Choices, Numbers> = {
  name: 'SGD',
  options: {
    lr: learningRate(1e-3),
    momentum: atLeastZero('momentum', 0),
    dampening: finite('dampening', 0),
    weightDecay: atLeastZero('weight_decay', 0),
    nesterov: flag('nesterov'),
    maximize: flag('maximize'),
  },
  unsaved: ['preconditioner'],
  conflict: ({ nesterov, momentum, dampening }) =>
    nesterov && (momentum === 0 || dampening !== 0)
      ? `got nesterov with momentum ${momentum} and dampening ${dampening}, expected a momentum above 0 and no dampening. Set momentum, or leave nesterov out.`
      : undefined,
  flags: ({ momentum, weightDecay, nesterov, maximize, preconditioner }) => ({
    // The preconditioner sees both already.
    maximize: maximize && preconditioner === undefined,
    decay: weightDecay !== 0 && preconditioner === undefined,
    momentum: momentum !== 0,
    nesterov,
  }),
  state: ({ momentum }) => (momentum ? ['momentum_buffer'] : []),
  savesStep: false,
  replaceGradient: precondition,
  numbers: {
    lr: (_settings, _step, lr) => lr,
    momentum: ({ momentum }) => momentum,
    // The first move is the gradient itself, undamped.
    fresh: ({ dampening }, step) => (step === 1 ? 1 : 1 - dampening),
    decay: ({ weightDecay }) => weightDecay,
  },
  formula: ({ parameter, gradient, state, number }, flags) => {
    let move: Expression = gradient
    if (flags.maximize) move = neg(move)
    if (flags.decay) move = add(move, mul(number('decay'), parameter))
    if (!flags.momentum) return { parameter: sub(parameter, mul(number('lr'), move)), state: {} }
    const buffer = add(mul(state('momentum_buffer'), number('momentum')), mul(number('fresh'), move))
    const step = flags.nesterov ? add(move, mul(number('momentum'), buffer)) : buffer
    return { parameter: sub(parameter, mul(number('lr'), step)), state: { momentum_buffer: buffer } }
  },
}

/**
 * Stochastic gradient descent, with momentum if asked for.
 *
 * g ← ∇L(θ) + λθ; b ← g in the first step, then μb + (1 − τ)g; θ ← θ − γ b (with `nesterov`: θ ← θ − γ (g + μb); without
 * momentum: θ ← θ − γ g). With a `preconditioner` P, P(g) takes g's place: the learning rate becomes a matrix.
 *
 * @example
 * ```ts
 * import { Parameter } from '@chainrule/autograd'
 * import { SGD } from '@chainrule/optimizers'
 * const x = new Parameter([4])
 * const optimizer = new SGD([x], { lr: 0.25 })
 * x.square().sum().backward()
 * optimizer.step()
 * console.log(String(x)) // tensor([2], float32)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
 * @see Sutskever et al., On the importance of initialization and momentum in deep learning, 2013
 */
export class SGD extends GradientOptimizer<SGDSettings> {
  /**
   * @param params - parameters, or groups `{params, ...options}`
   * @param options - `lr` (default 1e-3), `momentum`, `dampening`, `nesterov`, `weightDecay`, `maximize`, `preconditioner`
   * @throws ArgumentError for parameters or options out of their domain
   */
  constructor(params: OptimizedParameters<SGDOptions>, options: SGDOptions = {}, ...extra: never[]) {
    super(rule, params, options, ...extra)
  }
}
