import { isLearningRate, type LearningRate } from './learning-rate.js'

/** One option of an optimizer. */
export interface OptionRule<Value> {
  /** PyTorch's name of it, in state dicts. */
  readonly name: string
  /** Its value unless given. */
  readonly initial: Value
  /** What values it takes, for messages. */
  readonly expected: string
  /** Whether a value is one of them. */
  readonly fits: (value: unknown) => boolean
}

/** Every option of an optimizer that its state dict holds: those that are always set. */
export type OptionTable<Settings> = {
  readonly [Name in keyof Settings as undefined extends Settings[Name] ? never : Name]: OptionRule<Settings[Name]>
}

/**
 * The options of a table.
 *
 * @param table - the table
 * @returns name and rule of each
 */
export const optionEntries = <Settings>(
  table: OptionTable<Settings>,
): readonly (readonly [keyof Settings & string, OptionRule<unknown>])[] =>
  Object.entries(table) as [keyof Settings & string, OptionRule<unknown>][]

const isFinite = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/**
 * The learning rate.
 *
 * @param initial - its default
 * @returns the option
 */
export const learningRate = (initial: number): OptionRule<LearningRate> => ({
  name: 'lr',
  initial,
  expected: 'a finite number of at least 0, or a schedule that gives one',
  fits: isLearningRate,
})

/**
 * A finite number.
 *
 * @param name - PyTorch's name
 * @param initial - its default
 * @returns the option
 */
export const finite = (name: string, initial: number): OptionRule<number> => ({
  name,
  initial,
  expected: 'a finite number',
  fits: isFinite,
})

/**
 * A finite number of at least 0.
 *
 * @param name - PyTorch's name
 * @param initial - its default
 * @returns the option
 */
export const atLeastZero = (name: string, initial: number): OptionRule<number> => ({
  name,
  initial,
  expected: 'a finite number of at least 0',
  fits: (value) => isFinite(value) && value >= 0,
})

/**
 * True or false; false unless given.
 *
 * @param name - PyTorch's name
 * @returns the option
 */
export const flag = (name: string): OptionRule<boolean> => ({
  name,
  initial: false,
  expected: 'true or false',
  fits: (value) => typeof value === 'boolean',
})

/**
 * The decay rates of two running means.
 *
 * @param name - PyTorch's name
 * @param initial - their defaults
 * @returns the option
 */
export const decayRates = (
  name: string,
  initial: readonly [number, number],
): OptionRule<readonly [number, number]> => ({
  name,
  initial,
  expected: 'two numbers of at least 0 and below 1',
  fits: (value) =>
    Array.isArray(value) && value.length === 2 && value.every((rate) => isFinite(rate) && rate >= 0 && rate < 1),
})
