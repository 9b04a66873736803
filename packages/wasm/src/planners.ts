import { DeviceError, type Kernel } from '@chainrule/tensor'
import type { KernelPlan } from './kernel-code.js'
import { planConvolution } from './kernels/convolution.js'
import { planCopy } from './kernels/copy.js'
import { planGather } from './kernels/gather.js'
import { planMap } from './kernels/map.js'
import { planMatmul } from './kernels/matmul.js'
import { planRandom } from './kernels/random.js'
import { planRow } from './kernels/row.js'
import { planScan } from './kernels/scan.js'
import { planScatterAdd } from './kernels/scatter-add.js'
import { planSort } from './kernels/sort.js'

/**
 * Turns any kernel into a launch.
 *
 * @param kernel - the kernel
 * @returns its plan, valid until the next plan
 */
export const planKernel = (kernel: Kernel): KernelPlan => {
  switch (kernel.kind) {
    case 'copy':
      return planCopy(kernel)
    case 'map':
      return planMap(kernel)
    case 'convolution':
      return planConvolution(kernel)
    case 'matmul':
      return planMatmul(kernel)
    case 'row':
      return planRow(kernel)
    case 'gather':
      return planGather(kernel)
    case 'random':
      return planRandom(kernel)
    case 'scan':
      return planScan(kernel)
    case 'scatterAdd':
      return planScatterAdd(kernel)
    case 'sort':
      return planSort(kernel)
    default:
      throw new DeviceError(`run: got a kernel of kind '${kernel.kind}', which the wasm device does not know.`)
  }
}
