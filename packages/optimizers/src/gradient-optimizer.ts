import {
  type Cell,
  cell,
  DTypeError,
  guard,
  sameShape,
  scope,
  ShapeError,
  showShape,
  type Tensor,
  type Variable,
  withoutGradients,
} from '@chainrule/tensor'
import type { Parameter } from '@chainrule/autograd'
import { rateNow } from './learning-rate.js'
import { type OptimizedParameters, Optimizer } from './optimizer.js'
import type { ParameterGroup } from './parameter-group.js'
import type { ParameterState } from './parameter-state.js'
import { runUpdate, updateKernel } from './update-kernel.js'
import type { CommonSettings, Flags, UpdateRule } from './update-rule.js'

/** A parameter that has a gradient. */
interface Entry {
  readonly parameter: Parameter
  readonly gradient: Tensor
  readonly state: ParameterState
}

/** What a step will do to a group. */
interface Plan {
  readonly writes: readonly Write[]
  /** Counts that go up by one. */
  readonly counts: readonly Cell[]
}

/** A variable and what it will hold. */
interface Write {
  readonly variable: Variable
  readonly value: Tensor
}

const checkGradient = (name: string, parameter: Parameter, gradient: Tensor): Tensor => {
  if (!sameShape(gradient.shape, parameter.shape)) {
    throw new ShapeError(
      `${name}: got a gradient of ${showShape(gradient.shape)}, expected the parameter's shape ${showShape(parameter.shape)}.`,
    )
  }
  if (gradient.dtype !== parameter.dtype) {
    throw new DTypeError(
      `${name}: got a gradient of ${gradient.dtype}, expected the parameter's ${parameter.dtype}. Convert with .to('${parameter.dtype}').`,
    )
  }
  return gradient
}

/**
 * An optimizer that moves parameters by their gradients, one kernel a parameter, as an update rule says. Derive from it to
 * add an optimizer.
 */
export abstract class GradientOptimizer<Settings extends CommonSettings = CommonSettings> extends Optimizer<Settings> {
  readonly #rule: UpdateRule<Settings>

  /**
   * @param rule - the update
   * @param params - parameters, or groups `{params, ...options}`
   * @param options - options for all groups
   * @param extra - nothing: what came behind them is refused
   */
  constructor(
    rule: UpdateRule<Settings>,
    params: OptimizedParameters<Partial<Settings>>,
    options: Partial<Settings>,
    ...extra: never[]
  ) {
    super({ ...rule, stateOf: (settings) => rule.state(rule.flags(settings)) }, params, options, ...extra)
    this.#rule = rule
  }

  /**
   * Moves every parameter that has a gradient; the others stay as they are. Nothing is recorded for gradients. Everything is
   * computed before anything is written, so a step that throws changes nothing.
   *
   * @throws ShapeError or DTypeError when a gradient does not fit its parameter
   * @throws ArgumentError when a schedule gives no finite rate of at least 0
   */
  step(): void {
    withoutGradients(() => {
      scope(() => {
        const planned = this.groups.map((group) => this.#plan(group))
        for (const { writes } of planned) for (const { variable, value } of writes) variable.assign(value)
        for (const { counts } of planned) for (const steps of counts) steps.set(() => steps.value + 1)
      })
    })
  }

  #plan(group: ParameterGroup<Settings>): Plan {
    const rule = this.#rule
    const flags = rule.flags(group.settings)
    guard(`options of ${rule.name}`, () => JSON.stringify(rule.flags(group.settings)))
    for (const option of rule.unsaved ?? []) {
      guard(`${option} of ${rule.name}`, () => (group.settings as Readonly<Record<string, unknown>>)[option])
    }
    const entries = this.#entries(group)
    const counts = entries.map(({ state }) => state.steps)
    const [first] = counts
    // Parameters of one age share their numbers, so that one launch can serve them all.
    const shared = guard(`step counts of ${rule.name}`, () => counts.every((steps) => steps.value === first?.value))
    const common = shared && first !== undefined ? this.#numbers(group, first) : undefined
    const writes = entries.flatMap((entry) =>
      this.#update(group, flags, entry, common ?? this.#numbers(group, entry.state.steps)),
    )
    return { writes, counts: rule.savesStep || rule.state(flags).length > 0 ? counts : [] }
  }

  #update(
    { settings }: ParameterGroup<Settings>,
    flags: Flags,
    { parameter, gradient, state }: Entry,
    numbers: (name: string) => Cell,
  ): readonly Write[] {
    const rule = this.#rule
    const slope = rule.replaceGradient?.(gradient, parameter, settings) ?? gradient
    const kernel = updateKernel(rule, flags, parameter.dtype, parameter.home.features.maxOperands)
    const tensors = kernel.state.map((name) => state.ensure(name, rule.initial?.(settings) ?? 0))
    const operands = [parameter, checkGradient(rule.name, parameter, slope), ...tensors]
    const values = runUpdate(kernel, rule.name, operands, kernel.numbers.map(numbers))
    return [parameter, ...tensors].flatMap((variable, place) => {
      const value = values[place]
      return value === undefined ? [] : [{ variable, value }]
    })
  }

  #entries({ parameters }: ParameterGroup<Settings>): readonly Entry[] {
    return parameters.flatMap((parameter): readonly Entry[] => {
      const gradient = parameter.grad
      if (gradient === undefined) return []
      return [{ parameter, gradient, state: this.stateFor(parameter) }]
    })
  }

  /** The numbers of the formula as cells, for parameters that took `steps` steps before this one. */
  #numbers(group: ParameterGroup<Settings>, steps: Cell): (name: string) => Cell {
    const { name: optimizer, numbers } = this.#rule
    const known = new Map<string, Cell>()
    return (name) => {
      const compute = numbers[name]
      if (compute === undefined) throw new RangeError(`${optimizer}: no number '${name}'`)
      const made =
        known.get(name) ?? cell(() => compute(group.settings, steps.value + 1, rateNow(group.settings.lr, optimizer)))
      known.set(name, made)
      return made
    }
  }
}
