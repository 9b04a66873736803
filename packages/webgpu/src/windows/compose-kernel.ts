import type { Kernel } from '@chainrule/tensor'
import { composeProduct } from './compose-product.js'
import { composeRow } from './compose-row.js'
import { composeSort } from './compose-sort.js'
import type { Composition } from './composition.js'

/**
 * Several kernels for one that cannot be cut into parts of its own kind.
 *
 * @param kernel - a kernel with an operand that is longer than a binding
 * @param limit - bytes of a binding
 * @returns undefined where there is no such way
 */
export const composeKernel = (kernel: Kernel, limit: number): Composition | undefined => {
  switch (kernel.kind) {
    case 'row':
      return composeRow(kernel, limit)
    case 'matmul':
    case 'convolution':
      return composeProduct(kernel)
    case 'sort':
      return composeSort(kernel, limit)
    default:
      return undefined
  }
}
