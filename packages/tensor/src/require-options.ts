import { ArgumentError } from './errors.js'
import { Tensor } from './tensor.js'

/**
 * Every option of a function: `'place'` for those that PyTorch also takes by place, in its order, `'name'` for the others.
 */
export type OptionNames<Options> = Readonly<Record<keyof Options & string, 'place' | 'name'>>

const ordinals = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth']

const isOptions = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Tensor)

/** A value as one writes it, where that is short. */
const literal = (value: unknown): string | undefined => {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (!Array.isArray(value) || value.length > 4) return undefined
  const elements = value.map(literal)
  return elements.includes(undefined) ? undefined : `[${elements.join(', ')}]`
}

const describe = (value: unknown): string => {
  const written = literal(value)
  if (written !== undefined) return written
  if (value === null || value === undefined) return String(value)
  if (value instanceof Tensor) return 'a tensor'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** `1 and true as second and third arguments`: what stands behind the first so many arguments. */
const misplaced = (values: readonly unknown[], before: number): string => {
  const places = values.map((_, place) => ordinals[before + place] ?? `${before + place + 1}th`)
  return `${values.map(describe).join(' and ')} as ${places.join(' and ')} argument${values.length > 1 ? 's' : ''}`
}

/** Arguments up to the last that is given. */
const givenOf = (values: readonly unknown[]): readonly unknown[] =>
  values.filter((_, place) => values.slice(place).some((value) => value !== undefined))

const squeezed = (name: string): string => name.replaceAll('_', '').toLowerCase()

/**
 * Refuses arguments that JavaScript would ignore where PyTorch takes them: values in the place of options or behind them, and
 * options that are not known.
 *
 * @param operation - who asks
 * @param given - the options, then whatever came behind them; undefined is none
 * @param before - how many arguments come before the options
 * @param names - the options
 * @throws ArgumentError that says what was given and what to write
 *
 * @example
 * ```ts
 * import { requireOptions } from '@chainrule/tensor'
 * requireOptions('halve', [{ rounds: 2 }], 1, { rounds: 'place' }) // [2] would be an ArgumentError
 * ```
 */
export const requireOptions = (
  operation: string,
  given: readonly unknown[],
  before: number,
  names: Readonly<Record<string, 'place' | 'name'>>,
): void => {
  const values = givenOf(given)
  const [options, ...extra] = values
  const known = Object.keys(names)
  if (isOptions(options)) {
    if (extra.length > 0) {
      throw new ArgumentError(
        `${operation}: got ${misplaced(extra, before + 1)}, expected nothing behind the options. Put it into them, or leave it out.`,
      )
    }
    requireKnown(operation, options, known)
    return
  }
  if (values.length === 0) return
  const byPlace = known.filter((name) => names[name] === 'place')
  const written = values.flatMap((value, place) => {
    const name = byPlace[place]
    if (name === undefined || value === undefined || value === null || isOptions(value)) return []
    return [`${name}: ${literal(value) ?? '…'}`]
  })
  throw new ArgumentError(
    `${operation}: got ${misplaced(values, before)}, expected ` +
      (written.length > 0
        ? `options such as { ${written.join(', ')} }. Write them by name.`
        : `an object with some of ${known.join(', ')}. Write options by name.`),
  )
}

/** Refuses options that would be ignored. */
const requireKnown = (operation: string, options: object, known: readonly string[]): void => {
  const unknown = Object.keys(options).filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  const meant = known.filter((name) => unknown.some((other) => squeezed(other) === squeezed(name)))
  throw new ArgumentError(
    `${operation}: got the option${unknown.length > 1 ? 's' : ''} ${unknown.join(', ')}, expected an object with some of ` +
      `${known.join(', ')}. ${meant.length > 0 ? `Write ${meant.join(', ')}.` : 'Check the spelling.'}`,
  )
}

/**
 * Refuses arguments behind the last that a function takes, which JavaScript would ignore.
 *
 * @param operation - who asks
 * @param extra - what came behind its arguments
 * @param before - how many arguments it takes
 * @throws ArgumentError when there is any
 *
 * @example
 * ```ts
 * import { requireNoMore } from '@chainrule/tensor'
 * requireNoMore('halve', [], 1) // [true] would be an ArgumentError
 * ```
 */
export const requireNoMore = (operation: string, extra: readonly unknown[], before: number): void => {
  const values = givenOf(extra)
  if (values.length === 0) return
  const most = before === 0 ? 'none' : `${before} at most`
  throw new ArgumentError(`${operation}: got ${misplaced(values, before)}, expected ${most}. Leave it out.`)
}
