import type { DType } from '../dtype.js'
import type { Epilogue, Kernel, PoolKernel } from '../kernel.js'
import { runConvolution } from './convolution.js'
import { runCopy } from './copy.js'
import type { Elements } from './elements.js'
import { runGather } from './gather.js'
import { runMap } from './map.js'
import { runMatmul } from './matmul.js'
import { runPool } from './pool.js'
import { runRandom } from './random.js'
import type { ReferenceStorage } from './reference-storage.js'
import { runRow } from './row.js'
import { runScan } from './scan.js'
import { runScatterAdd } from './scatter-add.js'
import { runSort } from './sort.js'

/** Reads storages as arrays of the given dtypes, over again for each group of a grouped kernel. */
const open = (storages: readonly ReferenceStorage[], dtypes: readonly DType[]): readonly Elements[] =>
  storages.map((storage, at) => storage.elements(dtypes[at % dtypes.length] as DType))

/** Reads one storage as an array. */
const openOne = (storages: readonly ReferenceStorage[], at: number, dtype: DType): Elements =>
  (storages[at] as ReferenceStorage).elements(dtype)

const openContraction = (
  inputs: readonly ReferenceStorage[],
  { dtype, epilogue }: { readonly dtype: DType; readonly epilogue?: Epilogue },
): readonly Elements[] => open(inputs, [dtype, dtype, ...(epilogue?.inputs ?? [])])

/** Dtypes of the inputs and outputs of the operations of a pool kernel; `value` stands for its own dtype. */
const poolOperands: Record<
  PoolKernel['structure']['operation'],
  { readonly inputs: readonly ('value' | 'place')[]; readonly outputs: readonly ('value' | 'place')[] }
> = {
  max: { inputs: ['value'], outputs: ['value', 'place'] },
  maxGradient: { inputs: ['value', 'place'], outputs: ['value'] },
  maxTake: { inputs: ['value', 'place'], outputs: ['value'] },
  average: { inputs: ['value'], outputs: ['value'] },
  averageGradient: { inputs: ['value'], outputs: ['value'] },
}

/**
 * Runs one kernel on storages of the reference device.
 *
 * @param kernel - the kernel
 * @param inputs - its inputs
 * @param outputs - its outputs
 * @param cells - numbers of the cell slots
 */
export const runKernel = (
  kernel: Kernel,
  inputs: readonly ReferenceStorage[],
  outputs: readonly ReferenceStorage[],
  cells: readonly number[],
): void => {
  switch (kernel.kind) {
    case 'map': {
      const { structure } = kernel
      const dtypes = structure.outputs.map((output) => output.dtype)
      runMap(kernel, open(inputs, structure.inputs), open(outputs, dtypes), cells)
      break
    }
    case 'row': {
      const { structure } = kernel
      const dtypes = structure.outputs.map((output) => output.expression.dtype)
      runRow(kernel, open(inputs, structure.inputs), open(outputs, dtypes), cells)
      break
    }
    case 'matmul': {
      const { structure } = kernel
      const output = openOne(outputs, 0, structure.epilogue?.expression.dtype ?? structure.dtype)
      runMatmul(kernel, openContraction(inputs, structure), output, cells)
      break
    }
    case 'convolution': {
      const { structure } = kernel
      const output = openOne(outputs, 0, structure.epilogue?.expression.dtype ?? structure.dtype)
      runConvolution(kernel, openContraction(inputs, structure), output, cells)
      break
    }
    case 'pool': {
      const { dtype, operation } = kernel.structure
      const dtypeOf = (role: 'value' | 'place'): DType => (role === 'value' ? dtype : 'int32')
      const operands = poolOperands[operation]
      runPool(kernel, open(inputs, operands.inputs.map(dtypeOf)), open(outputs, operands.outputs.map(dtypeOf)))
      break
    }
    case 'gather': {
      const { dtype } = kernel.structure
      runGather(kernel, openOne(inputs, 0, dtype), openOne(inputs, 1, 'int32'), openOne(outputs, 0, dtype))
      break
    }
    case 'scatterAdd': {
      const { dtype, hasBase } = kernel.structure
      const base = hasBase ? openOne(inputs, 2, dtype) : undefined
      runScatterAdd(kernel, openOne(inputs, 0, dtype), openOne(inputs, 1, 'int32'), base, openOne(outputs, 0, dtype))
      break
    }
    case 'random':
      runRandom(kernel, openOne(outputs, 0, kernel.structure.dtype), cells)
      break
    case 'copy': {
      const { dtype } = kernel.structure
      runCopy(kernel, open(inputs, [dtype]), openOne(outputs, 0, dtype))
      break
    }
    case 'scan': {
      const { dtype } = kernel.structure
      runScan(kernel, openOne(inputs, 0, dtype), openOne(outputs, 0, dtype))
      break
    }
    case 'sort': {
      const { dtype } = kernel.structure
      runSort(kernel, openOne(inputs, 0, dtype), openOne(outputs, 0, dtype), openOne(outputs, 1, 'int32'))
      break
    }
  }
}
