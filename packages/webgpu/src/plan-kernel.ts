import type { Kernel } from '@chainrule/tensor'
import { planConvolution } from './kernels/convolution.js'
import { planCopy } from './kernels/copy.js'
import { planMap } from './kernels/map.js'
import { planGather } from './kernels/gather.js'
import { planMatmul } from './kernels/matmul.js'
import { planPool } from './kernels/pool.js'
import { planRandom } from './kernels/random.js'
import { planScan } from './kernels/scan.js'
import { planScatterAdd } from './kernels/scatter-add.js'
import { planSort } from './kernels/sort.js'
import { planRow } from './kernels/row.js'
import type { LaunchPlan } from './launch.js'
import type { PlanContext } from './plan-context.js'

/**
 * Turns any kernel into dispatches.
 *
 * @param kernel - the kernel
 * @param context - what the GPU can do and which operands share storages
 * @returns dispatches in order, and the scratch memory they share
 */
export const planKernel = (kernel: Kernel, context: PlanContext): LaunchPlan => {
  switch (kernel.kind) {
    case 'map':
      return planMap(kernel, context)
    case 'row':
      return planRow(kernel, context)
    case 'copy':
      return planCopy(kernel, context)
    case 'matmul':
      return planMatmul(kernel, context)
    case 'pool':
      return planPool(kernel, context)
    case 'gather':
      return planGather(kernel, context)
    case 'scatterAdd':
      return planScatterAdd(kernel, context)
    case 'random':
      return planRandom(kernel, context)
    case 'scan':
      return planScan(kernel, context)
    case 'sort':
      return planSort(kernel, context)
    case 'convolution':
      return planConvolution(kernel, context)
  }
}
