import { isFloating, sameShape, showShape, StateDictError, Tensor } from '@chainrule/tensor'
import type { Parameter } from '@chainrule/autograd'
import { isLearningRate, rateNow } from './learning-rate.js'
import { optionEntries } from './option-table.js'
import type { ParameterGroup } from './parameter-group.js'
import type { ParameterState } from './parameter-state.js'
import type { CommonSettings, UpdateRule } from './update-rule.js'

/** What an optimizer remembers of one parameter: `step` where it counts, and tensors by PyTorch's names. */
export type SavedState = Readonly<Record<string, Tensor | number | null>>

/** The options of a group by PyTorch's names, and the numbers of its parameters. */
export type SavedGroup = Readonly<Record<string, unknown>> & { readonly params: readonly number[] }

/**
 * State of an optimizer as PyTorch structures it: parameters are numbered through all groups; `state` has an entry for
 * each that was updated.
 */
export interface OptimizerStateDict {
  /** What is remembered, by the number of the parameter. */
  readonly state: Readonly<Record<string, SavedState>>
  /** Options, and numbers of parameters, of each group. */
  readonly param_groups: readonly SavedGroup[]
}

/** What of a rule decides the form of its state. */
export type StateRule<Settings extends CommonSettings> = Pick<
  UpdateRule<Settings>,
  'name' | 'options' | 'conflict' | 'savesStep'
> & {
  /** Names of the state tensors. */
  stateOf(settings: Settings): readonly string[]
}

/** Options of PyTorch's that choose an implementation, or belong to its schedulers. */
const ignored = ['foreach', 'differentiable', 'capturable', 'fused', 'initial_lr']

/** The state dict of groups and the states of their parameters. */
export const saveState = <Settings extends CommonSettings>(
  rule: StateRule<Settings>,
  groups: readonly ParameterGroup<Settings>[],
  states: ReadonlyMap<Parameter, ParameterState>,
): OptimizerStateDict => {
  const state: Record<string, SavedState> = {}
  let number = 0
  const saved = groups.map(({ settings, parameters }): SavedGroup => {
    const values = optionEntries(rule.options).map(([option, { name }]) => {
      const value = settings[option]
      if (option === 'lr') return [name, rateNow(settings.lr, rule.name)]
      return [name, Array.isArray(value) ? [...(value as unknown[])] : value]
    })
    const params = parameters.map((parameter) => {
      const known = states.get(parameter)
      const steps = known?.steps.value ?? 0
      if (known !== undefined && steps > 0) {
        const tensors = rule.stateOf(settings).flatMap((name) => {
          const tensor = known.get(name)
          // Another handle, which keeps these values when the optimizer goes on.
          return tensor === undefined ? [] : [[name, tensor.detach()]]
        })
        state[number] = Object.fromEntries([...(rule.savesStep ? [['step', steps]] : []), ...tensors]) as SavedState
      }
      return number++
    })
    return { ...(Object.fromEntries(values) as Record<string, unknown>), params }
  })
  return { state, param_groups: saved }
}

/** What loading a state dict will write. */
export interface LoadPlan<Settings> {
  readonly settings: readonly Settings[]
  readonly states: readonly {
    readonly parameter: Parameter
    readonly steps: number
    readonly tensors: ReadonlyMap<string, Tensor>
  }[]
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const quote = (value: unknown): string =>
  value instanceof Tensor ? `a tensor ${showShape(value.shape)}` : String(value)

/** The options of a saved group over those of now. */
const loadSettings = <Settings extends CommonSettings>(
  rule: StateRule<Settings>,
  saved: Readonly<Record<string, unknown>>,
  now: Settings,
  where: string,
  problems: string[],
): Settings => {
  const changes: Partial<Record<keyof Settings, unknown>> = {}
  const before = problems.length
  for (const [option, { name, expected, fits }] of optionEntries(rule.options)) {
    if (!(name in saved)) continue
    const value = saved[name]
    if (!fits(value)) problems.push(`${where}.${name}: got ${quote(value)}, expected ${expected}`)
    // A schedule goes on deciding the rate; it has a state of its own.
    else if (option !== 'lr' || (typeof now.lr === 'number' && isLearningRate(value))) changes[option] = value
  }
  const known = ['params', ...ignored, ...optionEntries(rule.options).map(([, { name }]) => name)]
  for (const name of Object.keys(saved)) {
    if (!known.includes(name)) problems.push(`${where}.${name}: ${rule.name} has no such option`)
  }
  const settings = { ...now, ...(changes as Partial<Settings>) }
  const conflict = problems.length === before ? rule.conflict?.(settings) : undefined
  if (conflict !== undefined) problems.push(`${where}: ${conflict}`)
  return settings
}

/** A step count, which newer PyTorch saves as a tensor of one element. */
const readStep = (value: unknown, where: string, problems: string[]): number => {
  const count = value instanceof Tensor && value.size === 1 ? value.dataSync()[0] : value
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count
  problems.push(`${where}.step: got ${quote(value)}, expected a whole number of at least 0`)
  return 0
}

/** A saved tensor as state of a parameter, in its dtype and on its device. */
const readTensor = (
  value: unknown,
  { shape, dtype, device }: Parameter,
  where: string,
  problems: string[],
): Tensor | undefined => {
  if (!(value instanceof Tensor) || !isFloating(value.dtype)) {
    problems.push(`${where}: got ${quote(value)}, expected a floating tensor ${showShape(shape)}`)
  } else if (!sameShape(value.shape, shape)) {
    problems.push(`${where}: got shape ${showShape(value.shape)}, expected the parameter's ${showShape(shape)}`)
  } else return value.to(device).to(dtype)
  return undefined
}

/**
 * Checks a state dict against groups and says what to write; nothing is written yet.
 *
 * @throws StateDictError that lists every problem
 */
export const planLoad = <Settings extends CommonSettings>(
  rule: StateRule<Settings>,
  groups: readonly ParameterGroup<Settings>[],
  dict: OptimizerStateDict,
): LoadPlan<Settings> => {
  const problems: string[] = []
  const whole: unknown = dict
  const state = isRecord(whole) && isRecord(whole.state) ? whole.state : undefined
  const saved = isRecord(whole) && Array.isArray(whole.param_groups) ? (whole.param_groups as unknown[]) : undefined
  if (state === undefined) problems.push('state: expected an object')
  if (saved === undefined) problems.push('param_groups: expected an array')
  else if (saved.length !== groups.length) {
    problems.push(`param_groups: got ${saved.length} groups, expected ${groups.length}`)
  }
  const numbers = new Set<string>()
  const states: LoadPlan<Settings>['states'][number][] = []
  const settings = groups.map((group, place) => {
    const where = `param_groups[${place}]`
    const entry = saved?.[place]
    if (!isRecord(entry)) {
      if (saved !== undefined && place < saved.length)
        problems.push(`${where}: got ${quote(entry)}, expected an object`)
      return group.settings
    }
    const loaded = loadSettings(rule, entry, group.settings, where, problems)
    const params = Array.isArray(entry.params) ? (entry.params as unknown[]) : []
    if (params.length !== group.parameters.length) {
      problems.push(`${where}.params: got ${params.length} parameters, expected ${group.parameters.length}`)
    }
    const wanted = rule.stateOf(loaded)
    group.parameters.forEach((parameter, position) => {
      if (position >= params.length) return
      const number = String(params[position])
      if (numbers.has(number)) problems.push(`${where}.params: ${number} stands there more than once`)
      numbers.add(number)
      const remembered = state?.[number]
      states.push({
        parameter,
        ...readState(rule.savesStep, remembered, wanted, parameter, `state[${number}]`, problems),
      })
    })
    return loaded
  })
  const extra = Object.keys(state ?? {}).filter((number) => !numbers.has(number))
  for (const number of extra) problems.push(`state[${number}]: no group has this parameter`)
  if (problems.length > 0) {
    throw new StateDictError(
      `${rule.name}.loadStateDict: got a state dict that does not fit:\n${problems.map((problem) => `  ${problem}`).join('\n')}\n` +
        'Make the optimizer with the same groups of parameters, in the same order. Nothing was changed.',
    )
  }
  return { settings, states }
}

const readState = (
  savesStep: boolean,
  remembered: unknown,
  wanted: readonly string[],
  parameter: Parameter,
  where: string,
  problems: string[],
): { steps: number; tensors: ReadonlyMap<string, Tensor> } => {
  const tensors = new Map<string, Tensor>()
  if (remembered === undefined) return { steps: 0, tensors }
  if (!isRecord(remembered)) {
    problems.push(`${where}: got ${quote(remembered)}, expected an object`)
    return { steps: 0, tensors }
  }
  for (const name of Object.keys(remembered)) {
    // PyTorch writes None for momentum that has not begun.
    if (name !== 'step' && !wanted.includes(name) && remembered[name] !== null) {
      problems.push(`${where}.${name}: unexpected with these options`)
    }
  }
  const begun = wanted.filter((name) => savesStep || (remembered[name] ?? null) !== null)
  for (const name of begun) {
    if (!(name in remembered)) {
      problems.push(`${where}.${name}: missing`)
      continue
    }
    const tensor = readTensor(remembered[name], parameter, `${where}.${name}`, problems)
    if (tensor !== undefined) tensors.set(name, tensor)
  }
  if (!savesStep) return { steps: begun.length > 0 ? 1 : 0, tensors }
  if (!('step' in remembered)) problems.push(`${where}.step: missing`)
  return { steps: 'step' in remembered ? readStep(remembered.step, where, problems) : 0, tensors }
}
