import {
  activeCapture,
  ArgumentError,
  cell,
  concat,
  Generator,
  type GeneratorState,
  type OptionNames,
  requireOptions,
  scope,
  StateDictError,
  Tensor,
  withoutGradients,
} from '@chainrule/tensor'
import { type Parameter, zerothOrderGradient } from '@chainrule/autograd'
import type { LearningRate } from './learning-rate.js'
import { type OptimizedParameters, Optimizer } from './optimizer.js'
import { learningRate } from './option-table.js'
import type { OptimizerStateDict } from './state-dict.js'
import type { CommonSettings } from './update-rule.js'

/** Options of {@link ZerothOrder}. */
export interface ZerothOrderOptimizerOptions {
  /** Learning rate: a number or a schedule. Default 1e-3. */
  readonly lr?: LearningRate
  /** How many random directions a step averages. Default 16. */
  readonly samples?: number
  /** Length of the step along each direction. Default 1e-3. */
  readonly epsilon?: number
  /** Seed of the directions. Default 0. */
  readonly seed?: number
}

/** State of {@link ZerothOrder}: as of other optimizers, and where the random directions stand. */
export interface ZerothOrderStateDict extends OptimizerStateDict {
  /** The stream of directions. */
  readonly generator: GeneratorState
}

const optionNames: OptionNames<ZerothOrderOptimizerOptions> = {
  lr: 'place',
  samples: 'name',
  epsilon: 'name',
  seed: 'name',
}

const rule = { name: 'ZerothOrder', options: { lr: learningRate(1e-3) }, savesStep: false, stateOf: () => [] }

const checkLoss = (loss: unknown): Tensor => {
  if (loss instanceof Tensor && loss.size === 1) return loss
  throw new ArgumentError(
    `ZerothOrder: got a closure that returns ${loss instanceof Tensor ? `a tensor of ${loss.size} elements` : typeof loss}, ` +
      'expected the loss, a tensor of one element.',
  )
}

/** The pieces of a vector that belong to each parameter, in its shape and dtype. */
const piecesOf = (vector: Tensor, parameters: readonly Parameter[]): readonly Tensor[] => {
  let start = 0
  return parameters.map(({ size, shape, dtype }) => {
    const piece = vector.narrow(0, start, size)
    start += size
    return piece.reshape(shape).to(dtype)
  })
}

const assignAll = (parameters: readonly Parameter[], values: readonly Tensor[]): void => {
  values.forEach((value, place) => parameters[place]?.assign(value))
}

/**
 * Descent without gradients, for losses that have none: along the two-point estimate
 * ĝ = mean over random normal u of (L(θ + εu) − L(θ − εu)) / (2ε) · u, which needs values of the loss alone; θ ← θ − γ ĝ.
 *
 * @example
 * ```ts
 * import { Parameter } from '@chainrule/autograd'
 * import { ZerothOrder } from '@chainrule/optimizers'
 * const x = new Parameter([3, -2])
 * const optimizer = new ZerothOrder([x], { lr: 0.05, epsilon: 0.5 })
 * for (let step = 0; step < 100; step++) optimizer.step(() => x.abs().ceil().sum()) // flat but for its stairs
 * console.log((await x.abs().max().item()) <= 1) // true
 * ```
 * @see Nesterov & Spokoiny, Random gradient-free minimization of convex functions, 2017
 */
export class ZerothOrder extends Optimizer<CommonSettings> {
  readonly #samples: number
  readonly #epsilon: number
  readonly #generator: Generator

  /**
   * @param params - parameters, or groups `{params, lr}`
   * @param options - `lr` (default 1e-3), `samples`, `epsilon`, `seed`
   * @throws ArgumentError for parameters or options out of their domain
   */
  constructor(
    params: OptimizedParameters<{ readonly lr?: LearningRate }>,
    options: ZerothOrderOptimizerOptions = {},
    ...extra: never[]
  ) {
    requireOptions('ZerothOrder', [options, ...extra], 1, optionNames)
    const { samples = 16, epsilon = 1e-3, seed = 0, ...common } = options
    super(rule, params, common)
    if (!Number.isSafeInteger(samples) || samples < 1 || !(epsilon > 0 && epsilon < Infinity)) {
      throw new ArgumentError(
        `ZerothOrder: got samples ${String(samples)} and epsilon ${String(epsilon)}, expected a whole number of at least 1 and a finite step above 0.`,
      )
    }
    this.#samples = samples
    this.#epsilon = epsilon
    this.#generator = new Generator(seed)
  }

  /**
   * Moves all parameters. Nothing is recorded for gradients. A closure that throws leaves everything as it was.
   *
   * @param closure - computes the loss from the parameters as they are when it is called: 2 · samples + 1 times
   * @returns the loss before the step
   * @throws ArgumentError when the closure does not return a tensor of one element
   */
  step(closure: () => Tensor): Tensor {
    const generator = this.#generator
    // A capture that throws puts cells back by itself, and what it reads as a number it depends on.
    const drawn = activeCapture() === undefined ? generator.state : undefined
    const parameters = this.groups.flatMap((group) => group.parameters)
    const lossNow = (): Tensor => scope(() => checkLoss(closure()).detach())
    return withoutGradients(() =>
      scope(() => {
        const before = parameters.map((parameter) => parameter.detach())
        try {
          const loss = lossNow()
          const point = concat(before.map((value) => value.reshape([value.size])))
          const lossAt = (x: Tensor): Tensor => {
            assignAll(parameters, piecesOf(x, parameters))
            return lossNow()
          }
          const options = { samples: this.#samples, epsilon: this.#epsilon, generator }
          const slopes = piecesOf(zerothOrderGradient(lossAt, point, options), parameters)
          const rates = this.groups.flatMap((group) => {
            const rate = cell(() => group.lr)
            return group.parameters.map(() => rate)
          })
          assignAll(
            parameters,
            before.map((value, place) => value.sub(slopes[place]?.mul(rates[place] ?? 0) ?? 0)),
          )
          return loss
        } catch (error) {
          assignAll(parameters, before)
          if (drawn !== undefined) generator.state = drawn
          throw error
        }
      }),
    )
  }

  /** The state of all optimizers, and where the random directions stand. */
  override stateDict(): ZerothOrderStateDict {
    return { ...super.stateDict(), generator: this.#generator.state }
  }

  override loadStateDict(dict: ZerothOrderStateDict): void {
    const { seed, counter } = (dict as Partial<ZerothOrderStateDict>).generator ?? {}
    const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
    if (!isCount(seed) || !isCount(counter)) {
      throw new StateDictError(
        `ZerothOrder.loadStateDict: got generator ${JSON.stringify(dict.generator)}, expected whole numbers seed and counter of at least 0. ` +
          'Pass what stateDict() of a ZerothOrder gave. Nothing was changed.',
      )
    }
    super.loadStateDict(dict)
    this.#generator.state = { seed, counter }
  }
}
