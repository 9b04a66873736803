import { ArgumentError, Tensor } from '@chainrule/tensor'
import { Parameter } from '@chainrule/autograd'

/** Parameters, in a list or anything else to loop over, such as `module.parameters()`. */
export type Parameters = Iterable<Parameter>

const describe = (value: unknown): string => {
  if (value instanceof Tensor) return `a ${value.constructor.name}`
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : typeof value
}

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value

/**
 * The elements of something to loop over.
 *
 * @param given - what a function was given as parameters
 * @param operation - who asks, for messages
 * @returns its elements
 * @throws ArgumentError when it cannot be looped over
 */
export const listOf = (given: unknown, operation: string): readonly unknown[] => {
  if (isIterable(given)) return [...given]
  throw new ArgumentError(
    `${operation}: got ${describe(given)} as parameters, expected a list of parameters. Pass module.parameters(), or [parameter].`,
  )
}

/**
 * The parameters of a list.
 *
 * @param given - what a function was given as parameters
 * @param operation - who asks, for messages
 * @returns the parameters
 * @throws ArgumentError when it is no list, or something in it no parameter
 */
export const parametersOf = (given: unknown, operation: string): readonly Parameter[] =>
  listOf(given, operation).map((value, place) => {
    if (value instanceof Parameter) return value
    throw new ArgumentError(
      `${operation}: got ${describe(value)} at place ${place} of the parameters, expected a Parameter. ` +
        'Wrap what is to be trained with new Parameter(…).',
    )
  })
