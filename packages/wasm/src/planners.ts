import type { Kernel } from '@chainrule/tensor'
import type { ContractionLibrary } from './contraction-library.js'
import type { KernelPlan } from './kernel-code.js'
import { planConvolution } from './kernels/convolution.js'
import { planCopy } from './kernels/copy.js'
import { planGather } from './kernels/gather.js'
import { planMap } from './kernels/map.js'
import { planMatmul } from './kernels/matmul.js'
import { planPool } from './kernels/pool.js'
import { planRandom } from './kernels/random.js'
import { planRow } from './kernels/row.js'
import { planScan } from './kernels/scan.js'
import { planScatterAdd } from './kernels/scatter-add.js'
import { planSort } from './kernels/sort.js'

/**
 * Turns any kernel into a launch.
 *
 * @param kernel - the kernel
 * @param library - a native library for products that it prefers
 * @returns its plan, valid until the next plan
 */
export const planKernel = (kernel: Kernel, library?: ContractionLibrary): KernelPlan => {
  switch (kernel.kind) {
    case 'map':
      return planMap(kernel)
    case 'row':
      return planRow(kernel)
    case 'matmul':
      return planMatmul(kernel, library)
    case 'convolution':
      return planConvolution(kernel, library)
    case 'pool':
      return planPool(kernel)
    case 'gather':
      return planGather(kernel)
    case 'scatterAdd':
      return planScatterAdd(kernel)
    case 'random':
      return planRandom(kernel)
    case 'copy':
      return planCopy(kernel)
    case 'scan':
      return planScan(kernel)
    case 'sort':
      return planSort(kernel)
  }
}
