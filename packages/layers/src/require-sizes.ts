import { ArgumentError } from '@chainrule/tensor'

/**
 * Checks the sizes that a layer is made with.
 *
 * @param layer - name for the message
 * @param sizes - sizes by the names of their arguments
 * @throws ArgumentError unless all are whole numbers of at least 1
 */
export const requireSizes = (layer: string, sizes: Readonly<Record<string, number>>): void => {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new ArgumentError(
        `${layer}: got ${name} ${String(size)}, expected a whole number of at least 1. Check the arguments of the layer.`,
      )
    }
  }
}
