import type { DType } from '../dtype.js'
import type { Kernel } from '../kernel.js'
import { runCopy } from './copy.js'
import type { Elements } from './elements.js'
import { runMap } from './map.js'
import { runMatmul } from './matmul.js'
import type { ReferenceStorage } from './reference-storage.js'
import { runRow } from './row.js'

/** Pairs storages with the dtypes that a structure gives, over and over for each group. */
const cyclically = (storages: readonly ReferenceStorage[], dtypes: readonly DType[]): readonly Elements[] =>
  storages.map((storage, at) => storage.elements(dtypes[at % dtypes.length] as DType))

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
      runMap(kernel, cyclically(inputs, structure.inputs), cyclically(outputs, dtypes), cells)
      break
    }
    case 'row': {
      const { structure } = kernel
      const dtypes = structure.outputs.map((output) => output.expression.dtype)
      runRow(kernel, cyclically(inputs, structure.inputs), cyclically(outputs, dtypes), cells)
      break
    }
    case 'matmul': {
      const { dtype, epilogue } = kernel.structure
      const dtypes = [dtype, dtype, ...(epilogue?.inputs ?? [])]
      const [output] = cyclically(outputs, [epilogue?.expression.dtype ?? dtype])
      runMatmul(kernel, cyclically(inputs, dtypes), output as Elements, cells)
      break
    }
    case 'copy': {
      const { dtype } = kernel.structure
      const [output] = cyclically(outputs, [dtype])
      runCopy(kernel, cyclically(inputs, [dtype]), output as Elements)
      break
    }
    default:
      throw new Error(kernel.kind)
  }
}
