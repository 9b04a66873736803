import type { Composite } from '../../composite.js'
import type { DType } from '../../dtype.js'
import { ShapeError } from '../../errors.js'
import { add, input, stage } from '../../expression/builders.js'
import type { Epilogue } from '../../kernel.js'
import { broadcastStrides, denseStrides, isDense, showShape, sizeOf } from '../../shape.js'
import type { Tensor } from '../../tensor.js'
import type { TensorLayout } from '../../tensor-layout.js'
import { add as plus } from '../arithmetic.js'
import { inferMatmul, matmulKernel } from '../definitions/matmul.js'
import { matmul } from '../matmul.js'
import { reshape, transpose } from '../movement.js'
import { sum } from '../reduction.js'

const epilogues = new Map<DType, Epilogue>()

/** The contraction plus a bias, operand 0 of the epilogue. */
const biasEpilogue = (dtype: DType): Epilogue => {
  const known = epilogues.get(dtype) ?? {
    inputs: [dtype],
    expression: add(stage(0, dtype), input(0, dtype)),
  }
  epilogues.set(dtype, known)
  return known
}

const transposed = (layout: TensorLayout): TensorLayout => ({
  ...layout,
  shape: [...layout.shape].reverse(),
  strides: [...layout.strides].reverse(),
})

/** Refuses an input whose last axis is not the weight's. */
export const checkLinear = (x: Tensor, weight: Tensor): void => {
  if (weight.rank !== 2 || x.rank === 0 || x.shape[x.rank - 1] !== weight.shape[1]) {
    const differ = x.rank === 0 || weight.rank !== 2 ? '' : ` (${x.shape[x.rank - 1]} ≠ ${weight.shape[1]})`
    throw new ShapeError(
      `linear: got an input of ${showShape(x.shape)} and a weight of ${showShape(weight.shape)}, expected [..., in] and ` +
        `[out, in]${differ}. Check the previous layer's outFeatures.`,
    )
  }
}

/** The rows of all leading axes as one matrix, so that the product is a single large one. */
export const asMatrix = (x: Tensor): Tensor => reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1] ?? 0])

/** y = x Wᵀ + b with x [..., in], W [out, in], b [out], in one matmul kernel. */
export const linearComposite: Composite<Readonly<Record<string, never>>> = {
  name: 'linear',
  meaning: ([x, weight, bias]) =>
    x === undefined || weight === undefined || bias === undefined
      ? []
      : [plus(matmul(x, transpose(weight, 0, 1)), bias)],
  fused: {
    infer: ([x, weight, bias]) => {
      if (x === undefined || weight === undefined || bias === undefined) return []
      checkLinear(x, weight)
      if (bias.rank !== 1 || bias.shape[0] !== weight.shape[0]) {
        throw new ShapeError(
          `linear: got a bias of ${showShape(bias.shape)}, expected [${weight.shape[0]}], one for each row of the weight.`,
        )
      }
      inferMatmul('linear', x, transpose(weight, 0, 1))
      return [{ shape: [...x.shape.slice(0, -1), weight.shape[0] ?? 0], dtype: x.dtype }]
    },
    lower: (build) => {
      const x = build.layout(0)
      const weight = transposed(build.layout(1))
      const bias = build.layout(2)
      const result = build.result()
      // Rows that lie densely are one matrix; others keep their batch axes.
      const rows = sizeOf(x.shape.slice(0, -1))
      const flat = isDense(x.shape, x.strides)
      const inner = x.shape[x.shape.length - 1] ?? 0
      const columns = weight.shape[1] ?? 0
      const a = flat ? { ...x, shape: [rows, inner], strides: denseStrides([rows, inner]) } : x
      const output = flat ? { ...result, shape: [rows, columns], strides: denseStrides([rows, columns]) } : result
      const kernel = matmulKernel(a, weight, output, {
        structure: biasEpilogue(x.dtype),
        inputs: [{ strides: broadcastStrides(bias.shape, bias.strides, output.shape), offset: bias.offset }],
      })
      build.launch(kernel, [build.input(0), build.input(1), build.input(2)], [build.output(0)])
    },
  },
  saves: { inputs: [0, 1], outputs: [] },
  // δ is reused for x, W and b: ∂x = δ W, ∂W = δᵀ x, ∂b = Σ δ over all but the last axis.
  vjp: ({ inputs: [x, weight], needs }, [delta]) => {
    if (delta === undefined || x === undefined || weight === undefined) return [undefined, undefined, undefined]
    const rows = asMatrix(delta)
    return [
      needs[0] ? matmul(delta, weight) : undefined,
      needs[1] ? matmul(transpose(rows, 0, 1), asMatrix(x)) : undefined,
      needs[2] ? sum(rows, 0) : undefined,
    ]
  },
}
