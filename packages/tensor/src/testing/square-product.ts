import type { MatmulKernel } from '../kernel.js'

/**
 * The kernel that multiplies two dense float32 matrices, for tests of devices.
 *
 * @param size - rows and columns of each
 * @returns the kernel: two inputs, one output
 */
export const squareProduct = (size: number): MatmulKernel => {
  const access = { strides: [size, 1], offset: 0 }
  return {
    kind: 'matmul',
    structure: { dtype: 'float32' },
    batch: [],
    rows: size,
    columns: size,
    inner: size,
    a: access,
    b: access,
    output: access,
    epilogueInputs: [],
  }
}
