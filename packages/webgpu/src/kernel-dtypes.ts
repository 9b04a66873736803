import { type DType, DTypeError, type Kernel } from '@chainrule/tensor'
import type { Capabilities } from './capabilities.js'

/** Every dtype that the operands of a kernel have. */
export const dtypesOf = (kernel: Kernel): readonly DType[] => {
  switch (kernel.kind) {
    case 'map':
      return [...kernel.structure.inputs, ...kernel.structure.outputs.map(({ dtype }) => dtype)]
    case 'row':
      return [
        ...kernel.structure.inputs,
        ...kernel.structure.stages.map(({ expression }) => expression.dtype),
        ...kernel.structure.outputs.map(({ expression }) => expression.dtype),
      ]
    case 'matmul':
    case 'convolution': {
      const { dtype, epilogue } = kernel.structure
      return epilogue ? [dtype, ...epilogue.inputs, epilogue.expression.dtype] : [dtype]
    }
    case 'pool':
    case 'gather':
    case 'scatterAdd':
    case 'random':
    case 'copy':
    case 'scan':
    case 'sort':
      return [kernel.structure.dtype]
  }
}

const checked = new WeakSet<object>()

/**
 * Refuses kernels with operands that shaders cannot hold.
 *
 * @param kernel - the kernel
 * @param capabilities - whether there is float16
 * @throws DTypeError that names what to use instead
 */
export const checkDtypes = (kernel: Kernel, { float16 }: Capabilities): void => {
  if (checked.has(kernel.structure)) return
  const dtypes = dtypesOf(kernel)
  if (dtypes.includes('float64')) {
    throw new DTypeError(
      `${kernel.kind}: got float64 on webgpu, expected float32, int32 or bool: shaders have no 64-bit floats. ` +
        `Use a CPU device ('wasm' or 'reference'), or convert with .to('float32').`,
    )
  }
  if (dtypes.includes('float16') && !float16) {
    throw new DTypeError(
      `${kernel.kind}: got float16 on a WebGPU adapter without shader-f16, expected float32. Convert with .to('float32').`,
    )
  }
  // Another device of the process may have no float16.
  if (!dtypes.includes('float16')) checked.add(kernel.structure)
}
