import { activeCapture, ArgumentError, CaptureError, guard, requireOptions } from '@chainrule/tensor'
import type { Parameter } from '@chainrule/autograd'
import { type LearningRate, rateNow } from './learning-rate.js'
import { optionEntries, type OptionTable } from './option-table.js'
import type { CommonSettings } from './update-rule.js'

/** What is known of the options of an optimizer. */
export interface SettingsRule<Settings> {
  readonly name: string
  readonly options: OptionTable<Settings>
  /** Options beside those of the table, which state dicts leave out. */
  readonly unsaved?: readonly string[]
  /** What is wrong with options that are each in their domain; nothing if undefined. */
  conflict?(settings: Settings): string | undefined
}

/** The options of an optimizer; beyond the rate, PyTorch's optimizers differ in their order. */
export const settingNames = <Settings>(rule: SettingsRule<Settings>): Readonly<Record<string, 'place' | 'name'>> =>
  Object.fromEntries(
    [...optionEntries(rule.options).map(([name]) => name), ...(rule.unsaved ?? [])].map((name) => [
      name,
      name === 'lr' ? 'place' : 'name',
    ]),
  )

const checked = <Settings>(rule: SettingsRule<Settings>, settings: Settings): Settings => {
  const table = optionEntries(rule.options)
  for (const [name, { expected, fits }] of table) {
    const value = settings[name]
    if (!fits(value)) {
      throw new ArgumentError(
        `${rule.name}: got ${name} ${String(value)}, expected ${expected}. Leave it out for its default.`,
      )
    }
  }
  requireOptions(rule.name, [settings], 1, settingNames(rule))
  const conflict = rule.conflict?.(settings)
  if (conflict !== undefined) throw new ArgumentError(`${rule.name}: ${conflict}`)
  return settings
}

/** Parameters that share their options. */
export class ParameterGroup<Settings extends CommonSettings = CommonSettings> {
  /** The parameters. */
  readonly parameters: readonly Parameter[]
  readonly #rule: SettingsRule<Settings>
  #settings: Settings

  /**
   * @param rule - which options there are
   * @param parameters - the parameters
   * @param given - options that are not at their defaults
   * @throws ArgumentError when an option is unknown, out of its domain, or in conflict with another
   */
  constructor(rule: SettingsRule<Settings>, parameters: readonly Parameter[], given: Partial<Settings>) {
    this.#rule = rule
    this.parameters = parameters
    const defaults = optionEntries(rule.options).map(([name, { initial }]) => [name, initial])
    const set = Object.entries(given).filter(([, value]) => value !== undefined)
    this.#settings = checked(rule, Object.fromEntries([...defaults, ...set]) as Settings)
  }

  /** The options now. */
  get settings(): Settings {
    return this.#settings
  }

  /**
   * Changes options; those not named stay as they are.
   *
   * @param changes - the new values
   * @throws ArgumentError as the constructor; then nothing is changed
   * @throws CaptureError in a captured function, whose replays would not change them again
   */
  set(changes: Partial<Settings>): void {
    if (activeCapture() !== undefined) {
      throw new CaptureError(
        `${this.#rule.name}: got ${Object.keys(changes).join(', ')} set inside a captured function, expected options that are set outside. ` +
          'Set them before the call, or make lr a schedule or a cell.',
      )
    }
    this.#settings = checked(this.#rule, { ...this.#settings, ...changes })
  }

  /** The learning rate: a number now; set a number or a schedule. */
  get lr(): number {
    const now = (): number => rateNow(this.#settings.lr, this.#rule.name)
    const rate = now()
    guard('lr', now)
    return rate
  }

  set lr(rate: LearningRate) {
    this.set({ lr: rate } as Partial<Settings>)
  }
}
