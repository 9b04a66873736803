import { ArgumentError, isFloating, Tensor, Variable } from '@chainrule/tensor'

/** A module, or anything else that lists its parameters. */
export interface HasParameters {
  /** The parameters, with names if the module has them. */
  parameters(): Iterable<Variable>
  /** The parameters by name. */
  namedParameters?(): Iterable<readonly [string, Variable]> | Readonly<Record<string, Variable>>
}

/** What a function is checked at: a tensor, a parameter, or a module for its parameters. */
export type GradCheckInput = Tensor | HasParameters

/** One tensor that the function is differentiated by. */
export interface InputPlace {
  /** For the report. */
  readonly name: string
  /** The point. */
  readonly tensor: Tensor
  /** Which argument it is; undefined for what the function reads by itself. */
  readonly argument: number | undefined
  /** The variable that holds it, if one does. */
  readonly variable: Variable | undefined
}

/** Whether something lists its parameters. */
export const hasParameters = (value: unknown): value is HasParameters =>
  typeof value === 'object' && value !== null && 'parameters' in value && typeof value.parameters === 'function'

const isIterable = (value: object): value is Iterable<readonly [string, Variable]> => Symbol.iterator in value

/** The parameters of a module that are floating and train, with their names. */
const parametersOf = (module: HasParameters, prefix: string): InputPlace[] => {
  const named = module.namedParameters?.()
  const names = new Map<Variable, string>()
  if (named !== undefined) {
    for (const [name, variable] of isIterable(named) ? named : Object.entries(named)) names.set(variable, name)
  }
  return [...module.parameters()].flatMap((variable, place): InputPlace[] => {
    if (!(variable instanceof Variable)) {
      throw new ArgumentError(`gradCheck: ${prefix} lists ${typeof variable} as a parameter, expected Parameters.`)
    }
    if (!isFloating(variable.dtype) || !variable.requiresGrad) return []
    const name = names.get(variable) ?? `parameter ${place}`
    return [{ name: `${prefix}.${name}`, tensor: variable, argument: undefined, variable }]
  })
}

/**
 * The tensors that a function is differentiated by: floating arguments, and the parameters of modules.
 *
 * @param module - a module whose parameters the function reads, if any
 * @param inputs - the arguments
 * @returns each once
 */
export const inputPlaces = (module: HasParameters | undefined, inputs: readonly GradCheckInput[]): InputPlace[] => {
  const places = inputs.flatMap((input, argument): InputPlace[] => {
    if (input instanceof Tensor) {
      if (!isFloating(input.dtype)) return []
      const variable = input instanceof Variable ? input : undefined
      return [{ name: `input ${argument}`, tensor: input, argument, variable }]
    }
    if (hasParameters(input)) return parametersOf(input, `input ${argument}`)
    throw new ArgumentError(
      `gradCheck: got ${input === null ? 'null' : typeof input} as input ${argument}, expected a tensor or a module. ` +
        'Let the function close over everything else.',
    )
  })
  if (module !== undefined) places.push(...parametersOf(module, 'module'))
  const seen = new Set<Variable>()
  return places.filter(({ variable }) => {
    if (variable === undefined) return true
    if (seen.has(variable)) return false
    seen.add(variable)
    return true
  })
}
