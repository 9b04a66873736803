import { ArgumentError } from '@chainrule/tensor'

/**
 * Refuses an argument that is not a number, such as options where a layer takes one number.
 *
 * @param layer - who asks
 * @param argument - the argument by its name
 * @param example - a number to write
 * @throws ArgumentError when it is not a number
 */
export const requireNumber = (layer: string, argument: Readonly<Record<string, unknown>>, example: number): void => {
  for (const [name, value] of Object.entries(argument)) {
    if (typeof value === 'number') continue
    const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
    throw new ArgumentError(
      `${layer}: got ${got} as ${name}, expected a number. Pass it by itself: new ${layer}(${example}).`,
    )
  }
}
