import { ArgumentError, requireOptions, scope, withoutGradients } from '@chainrule/tensor'
import type { Parameter } from '@chainrule/autograd'
import type { LearningRate } from './learning-rate.js'
import { ParameterGroup, settingNames, type SettingsRule } from './parameter-group.js'
import { listOf, type Parameters, parametersOf } from './parameter-list.js'
import { ParameterState } from './parameter-state.js'
import { type OptimizerStateDict, planLoad, saveState, type StateRule } from './state-dict.js'
import type { CommonSettings } from './update-rule.js'

/** A group of parameters with options of its own; options left out are those given for all groups. */
export type GroupOptions<Options> = Options & { readonly params: Parameters }

/** What an optimizer updates: parameters, or groups of them. */
export type OptimizedParameters<Options> = Parameters | Iterable<GroupOptions<Options>>

const isGroup = (value: unknown): value is { readonly params: unknown } =>
  typeof value === 'object' && value !== null && 'params' in value

const refuseRepeated = (name: string, parameters: readonly Parameter[]): void => {
  const repeated = parameters.findIndex((parameter, place) => parameters.indexOf(parameter) !== place)
  const parameter = parameters[repeated]
  if (parameter === undefined) return
  throw new ArgumentError(
    `${name}: got the same parameter at places ${parameters.indexOf(parameter)} and ${repeated}, expected each once. ` +
      'Remove it from one place or group.',
  )
}

/** What all optimizers share: groups of parameters, the learning rate, and state dicts. */
export abstract class Optimizer<Settings extends CommonSettings = CommonSettings> {
  /** Groups of parameters with their options. */
  readonly groups: readonly ParameterGroup<Settings>[]
  readonly #rule: StateRule<Settings>
  readonly #states = new Map<Parameter, ParameterState>()

  /**
   * @param rule - name, options and state of the optimizer
   * @param params - parameters, or groups `{params, ...options}`
   * @param options - options for all groups
   * @param extra - nothing: what came behind them is refused
   * @throws ArgumentError for no or repeated parameters, things that are none, and options out of their domain
   */
  constructor(
    rule: SettingsRule<Settings> & StateRule<Settings>,
    params: OptimizedParameters<Partial<Settings>>,
    options: Partial<Settings>,
    ...extra: never[]
  ) {
    this.#rule = rule
    const { name } = rule
    const list = listOf(params, name)
    requireOptions(name, [options, ...extra], 1, settingNames(rule))
    if (list.length === 0) {
      throw new ArgumentError(`${name}: got no parameters, expected at least one. Pass module.parameters().`)
    }
    const groups: readonly { readonly params: unknown }[] = isGroup(list[0]) ? list.filter(isGroup) : [{ params: list }]
    if (groups.length !== list.length && isGroup(list[0])) {
      throw new ArgumentError(`${name}: got parameters beside groups, expected one of them. Put them into a group.`)
    }
    this.groups = groups.map((group) => {
      const { params: members, ...own } = group
      return new ParameterGroup(rule, parametersOf(members, name), { ...options, ...(own as Partial<Settings>) })
    })
    refuseRepeated(
      name,
      this.groups.flatMap(({ parameters }) => parameters),
    )
  }

  /** The learning rate of the first group: a number now. Setting a number or a schedule sets it for every group. */
  get lr(): number {
    return this.groups[0]?.lr ?? 0
  }

  set lr(rate: LearningRate) {
    for (const group of this.groups) group.lr = rate
  }

  /** Forgets the gradients of all parameters, so that the next `backward` starts new sums. */
  zeroGrad(): void {
    for (const { parameters } of this.groups) for (const parameter of parameters) parameter.grad = undefined
  }

  /** What is remembered of a parameter. */
  protected stateFor(parameter: Parameter): ParameterState {
    const known = this.#states.get(parameter) ?? new ParameterState(parameter)
    this.#states.set(parameter, known)
    return known
  }

  /**
   * The state, as PyTorch structures and names it: `{state: {0: {step, exp_avg, …}, …}, param_groups: [{lr, …, params: [0, …]}]}`.
   * Its tensors keep the values of now; the learning rate is the number of now.
   *
   * @returns the state, to be saved
   */
  stateDict(): OptimizerStateDict {
    return saveState(this.#rule, this.groups, this.#states)
  }

  /**
   * Goes on from a state: the optimizer then continues as the one it came from would have. Options are loaded with it,
   * except a learning rate that a schedule gives.
   *
   * @param dict - from `stateDict`, or PyTorch's, with the same groups in the same order
   * @throws StateDictError that lists everything that does not fit; then nothing is changed
   */
  loadStateDict(dict: OptimizerStateDict): void {
    withoutGradients(() => {
      scope(() => {
        const { settings, states } = planLoad(this.#rule, this.groups, dict)
        this.groups.forEach((group, place) => {
          group.set(settings[place] ?? {})
        })
        for (const { parameter, steps, tensors } of states) {
          const state = this.stateFor(parameter)
          state.steps.set(steps)
          state.replaceAll(tensors)
        }
      })
    })
  }
}
