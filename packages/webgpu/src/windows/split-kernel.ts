import type { Kernel } from '@chainrule/tensor'
import type { Part } from './part.js'
import { splitGather, splitScan, splitScatterAdd } from './split-boxes.js'
import { splitConvolution } from './split-convolution.js'
import { splitRandom, splitSort } from './split-lines.js'
import { splitPool } from './split-pool.js'
import { splitCopy, splitMap, splitMatmul, splitRow } from './split-spaces.js'

/**
 * Cuts a kernel into parts whose operands each fit one binding.
 *
 * @param kernel - a kernel with an operand in a storage that is larger than a binding
 * @param limit - bytes of a binding, a multiple of 16
 * @returns the parts, to be run in order; undefined for kernels that need all of such an operand at once
 */
export const splitKernel = (kernel: Kernel, limit: number): readonly Part[] | undefined => {
  switch (kernel.kind) {
    case 'map':
      return splitMap(kernel, limit)
    case 'row':
      return splitRow(kernel, limit)
    case 'matmul':
      return splitMatmul(kernel, limit)
    case 'convolution':
      return splitConvolution(kernel, limit)
    case 'pool':
      return splitPool(kernel, limit)
    case 'gather':
      return splitGather(kernel, limit)
    case 'scatterAdd':
      return splitScatterAdd(kernel, limit)
    case 'random':
      return splitRandom(kernel, limit)
    case 'copy':
      return splitCopy(kernel, limit)
    case 'scan':
      return splitScan(kernel, limit)
    case 'sort':
      return splitSort(kernel, limit)
  }
}
