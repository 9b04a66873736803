import { DTypeError, ShapeError } from '../../errors.js'
import type { Epilogue, MatmulKernel, MatmulStructure } from '../../kernel.js'
import type { OpDefinition } from '../../op-table.js'
import { broadcastShapes, broadcastStrides, showShape } from '../../shape.js'
import type { Tensor } from '../../tensor.js'
import type { TensorLayout, TensorSpec } from '../../tensor-layout.js'
import type { Access } from '../../view.js'

/** Checks the operands of a matrix product and gives the result. */
export const inferMatmul = (operation: string, a: Tensor, b: Tensor): TensorSpec => {
  const shapes = `${showShape(a.shape)} × ${showShape(b.shape)}`
  if (a.rank < 2 || b.rank < 2) {
    throw new ShapeError(`${operation}: got ${shapes}, expected at least two axes each. Reshape or unsqueeze.`)
  }
  if (a.dtype !== b.dtype) {
    throw new DTypeError(`${operation}: got ${a.dtype} × ${b.dtype}, expected one dtype. Convert one with .to(dtype).`)
  }
  if (a.dtype === 'bool') {
    throw new DTypeError(`${operation}: got bool operands, expected numbers. Convert with .to('float32').`)
  }
  const inner = a.shape[a.rank - 1] ?? 0
  const other = b.shape[b.rank - 2] ?? 0
  if (inner !== other) {
    throw new ShapeError(
      `${operation}: inner dimensions differ: ${shapes} (${inner} ≠ ${other}). ` +
        `Transpose the second operand or check the previous layer's outFeatures.`,
    )
  }
  const batch = broadcastShapes(operation, [a.shape.slice(0, -2), b.shape.slice(0, -2)])
  return { shape: [...batch, a.shape[a.rank - 2] ?? 0, b.shape[b.rank - 1] ?? 0], dtype: a.dtype }
}

const structures = new Map<string, MatmulStructure>()

/** The structure without an epilogue, one object a dtype. */
const plainStructure = (dtype: MatmulStructure['dtype']): MatmulStructure => {
  const known = structures.get(dtype) ?? { dtype }
  structures.set(dtype, known)
  return known
}

/** The kernel of a matrix product between layouts. */
export const matmulKernel = (
  a: TensorLayout,
  b: TensorLayout,
  output: TensorLayout,
  epilogue?: { readonly structure: Epilogue; readonly inputs: readonly Access[] },
): MatmulKernel => {
  const batch = output.shape.slice(0, -2)
  const rows = output.shape[output.shape.length - 2] ?? 1
  const columns = output.shape[output.shape.length - 1] ?? 1
  const inner = a.shape[a.shape.length - 1] ?? 1
  return {
    kind: 'matmul',
    structure: epilogue === undefined ? plainStructure(a.dtype) : { dtype: a.dtype, epilogue: epilogue.structure },
    batch,
    rows,
    columns,
    inner,
    a: { strides: broadcastStrides(a.shape, a.strides, [...batch, rows, inner]), offset: a.offset },
    b: { strides: broadcastStrides(b.shape, b.strides, [...batch, inner, columns]), offset: b.offset },
    output,
    epilogueInputs: epilogue?.inputs ?? [],
  }
}

/** Batched matrix product: one matmul kernel, transposed and broadcast operands through strides. */
export const matmulDefinition: OpDefinition<'matmul'> = {
  infer: ([a, b]) => {
    if (a === undefined || b === undefined) throw new RangeError('matmul: takes two operands')
    return [inferMatmul('matmul', a, b)]
  },
  lower: (build) => {
    build.launch(
      matmulKernel(build.layout(0), build.layout(1), build.result()),
      [build.input(0), build.input(1)],
      [build.output(0)],
    )
  },
}
