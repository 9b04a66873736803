import type { DType } from './dtype.js'
import type { Expression } from './expression/expression.js'
import type { Access } from './view.js'

/**
 * A kernel is plain data: one pass over memory. Each has a `structure`, which decides the code a device generates
 * (the device may cache by the identity of the object, then by its JSON text), and sizes and accesses, which are
 * run-time arguments. Operands are named by position: `inputs[i]` and `outputs[i]` of the call to `Device.run`.
 *
 * An output may lie in the same storage as an input where both walk it with the same access (in-place update);
 * other overlaps do not occur. Outputs never have stride 0 along an axis longer than 1.
 */
export type Kernel =
  | MapKernel
  | RowKernel
  | MatmulKernel
  | ConvolutionKernel
  | PoolKernel
  | GatherKernel
  | ScatterAddKernel
  | RandomKernel
  | CopyKernel
  | ScanKernel
  | SortKernel

/** Any elementwise expression DAG over an index space, with several outputs. */
export interface MapKernel {
  readonly kind: 'map'
  readonly structure: MapStructure
  /**
   * The grouped form runs the same structure over several index spaces in one launch. Space `g` uses the storages
   * `inputs[g * structure.inputs.length + i]` and `outputs[g * structure.outputs.length + i]`.
   */
  readonly spaces: readonly Space[]
}

/** What decides the code of a map kernel. */
export interface MapStructure {
  /** Dtype of each operand. */
  readonly inputs: readonly DType[]
  /** One expression an output; its dtype is the output's. */
  readonly outputs: readonly Expression[]
}

/** An index space and how each operand walks it. Rank 0 is one element; a size of 0 is no element. */
export interface Space {
  readonly shape: readonly number[]
  readonly inputs: readonly Access[]
  readonly outputs: readonly Access[]
}

/** How a stage of a row kernel combines the elements of a row. The identity of an empty `max` or `min` is ∓infinity. */
export type Reduction = 'sum' | 'prod' | 'max' | 'min' | 'argmax' | 'argmin'

/**
 * Kept axes × reduced axes; stages that reduce, then maps. The shape of a space lists kept axes first, then reduced
 * ones; all accesses of inputs and of `element` outputs have one stride for each axis of it, accesses of `row` outputs
 * one for each kept axis.
 */
export interface RowKernel {
  readonly kind: 'row'
  readonly structure: RowStructure
  /** Grouped form as in a map kernel. */
  readonly spaces: readonly RowSpace[]
}

/** What decides the code of a row kernel. */
export interface RowStructure {
  readonly inputs: readonly DType[]
  readonly stages: readonly RowStage[]
  readonly outputs: readonly RowOutput[]
}

/** One reduction of an expression over each row; the expression may use inputs, cells, count and earlier stages. */
export interface RowStage {
  /**
   * `max` and `min` propagate NaN. `argmax` and `argmin` give the first place (int32, counted row-major over the reduced axes);
   * NaN counts as the extreme, as in PyTorch. Sums of bool or int32 count in int32.
   */
  readonly reduction: Reduction
  /** Its dtype is the dtype of the stage, except for argmax and argmin, whose stage is int32. */
  readonly expression: Expression
}

/** An output of a row kernel: one value a row, or one value an element. */
export interface RowOutput {
  readonly per: 'row' | 'element'
  /** A `row` output uses stages, cells and count, and inputs whose access does not move along reduced axes. */
  readonly expression: Expression
}

/** The index space of a row kernel. */
export interface RowSpace extends Space {
  /** How many leading axes of the shape are kept; the others are reduced. */
  readonly kept: number
}

/** Expression applied to each result of a contraction (`stage` 0) while it is warm, with further operands. */
export interface Epilogue {
  /** Dtypes of the operands of the epilogue; in the call they follow the operands of the contraction. */
  readonly inputs: readonly DType[]
  /** Its dtype is the output's. */
  readonly expression: Expression
}

/** Batched product C = epilogue(A · B): A is [...batch, rows, inner], B is [...batch, inner, columns]. */
export interface MatmulKernel {
  readonly kind: 'matmul'
  readonly structure: MatmulStructure
  readonly batch: readonly number[]
  readonly rows: number
  readonly columns: number
  readonly inner: number
  /** Strides along [...batch, rows, inner]; a transposed operand has its strides swapped, a broadcast batch has 0. */
  readonly a: Access
  /** Strides along [...batch, inner, columns]. */
  readonly b: Access
  /** Strides along [...batch, rows, columns], for the output and each operand of the epilogue. */
  readonly output: Access
  readonly epilogueInputs: readonly Access[]
}

/** What decides the code of a matmul kernel. */
export interface MatmulStructure {
  /** Dtype of both operands and of the contraction. */
  readonly dtype: DType
  readonly epilogue?: Epilogue
}

/** Sizes of a 2-D convolution or pooling; 1-D is height 1. Pairs are [height, width]. */
export interface WindowSizes {
  readonly input: readonly [number, number]
  readonly kernel: readonly [number, number]
  readonly output: readonly [number, number]
  readonly stride: readonly [number, number]
  /** Zeros added on both sides. */
  readonly padding: readonly [number, number]
  readonly dilation: readonly [number, number]
}

/**
 * Convolution (cross-correlation, as in PyTorch) and its two gradients; all operands dense and row-major, NCHW.
 * - `forward`: input [N, C, H, W], weight [O, C / groups, kH, kW] → output [N, O, oH, oW]
 * - `inputGradient`: output gradient, weight → input gradient
 * - `weightGradient`: output gradient, input → weight gradient
 */
export interface ConvolutionKernel {
  readonly kind: 'convolution'
  readonly structure: ConvolutionStructure
  readonly batch: number
  readonly inputChannels: number
  readonly outputChannels: number
  readonly groups: number
  readonly window: WindowSizes
  /** Elements before the first one, for the two operands and the output. */
  readonly offsets: { readonly inputs: readonly [number, number]; readonly output: number }
  /** Accesses of the operands of the epilogue over the four axes of the output. */
  readonly epilogueInputs: readonly Access[]
}

/** What decides the code of a convolution kernel. */
export interface ConvolutionStructure {
  readonly direction: 'forward' | 'inputGradient' | 'weightGradient'
  readonly dtype: DType
  readonly epilogue?: Epilogue
}

/**
 * Pooling over the last two axes; operands dense, [planes, H, W] and [planes, oH, oW].
 * - `max`: input → values, choice (int32 place in the H × W plane; the first of ties; NaN wins, as in PyTorch)
 * - `maxGradient`: output gradient, choice → input gradient (each value added at its choice)
 * - `maxTake`: input, choice → input at the choices (the adjoint of maxGradient)
 * - `average`: input → means; `averageGradient`: output gradient → input gradient
 */
export interface PoolKernel {
  readonly kind: 'pool'
  readonly structure: {
    readonly operation: 'max' | 'maxGradient' | 'maxTake' | 'average' | 'averageGradient'
    readonly dtype: DType
  }
  readonly planes: number
  readonly window: WindowSizes
  /** Whether an average divides by the full window at the border (PyTorch's default) or by what lies inside. */
  readonly countIncludePad: boolean
  readonly offsets: { readonly inputs: readonly number[]; readonly outputs: readonly number[] }
}

/**
 * Reads along an axis; operands dense, seen as [outer, axis, inner].
 * - `take`: output[o, i, r] = source[o, index[i], r], with index of `count` elements
 * - `along`: output[o, i, r] = source[o, index[o, i, r], r], with index of [outer, count, inner]
 * Inputs: source, index (int32). An index outside 0 … axis − 1 is an IndexError on the CPU devices.
 */
export interface GatherKernel {
  readonly kind: 'gather'
  readonly structure: { readonly mode: 'take' | 'along'; readonly dtype: DType }
  readonly outer: number
  /** Size of the axis in the source. */
  readonly axis: number
  /** Size of the axis in the output. */
  readonly count: number
  readonly inner: number
  readonly offsets: { readonly source: number; readonly index: number; readonly output: number }
}

/**
 * Adds along an axis, deterministically (in order of the index); the adjoint of a gather of the same mode.
 * output = base + Σ source at index, with base all zeros unless `hasBase`.
 * Inputs: source [outer, count, inner], index (int32), then base [outer, axis, inner] where `hasBase`.
 */
export interface ScatterAddKernel {
  readonly kind: 'scatterAdd'
  readonly structure: { readonly mode: 'take' | 'along'; readonly dtype: DType; readonly hasBase: boolean }
  readonly outer: number
  /** Size of the axis in the output. */
  readonly axis: number
  /** Size of the axis in the source. */
  readonly count: number
  readonly inner: number
  readonly offsets: { readonly source: number; readonly index: number; readonly base: number; readonly output: number }
}

/**
 * Numbers from Philox-4x32-10 (Salmon et al., 2011); output dense. Cells: [key, counter] for `uniform`, `normal` and
 * `bits`, [key, counter, low, high] for `integers`, all whole numbers below 2^53. The key's low and high 32 bits are Philox's key words;
 * block b of the output has the counter words (low, high of counter + b, 0, 0), and its four results are used in order.
 * - `bits` (int32): element i is lane i % 4 of block ⌊i / 4⌋
 * - `integers` (int32, low ≤ x < high): low + ⌊bits · (high − low) / 2^32⌋, bits as above, unsigned
 * - `uniform` float32: (bits >>> 8) · 2^−24, bits as above; float64: from lanes (2j, 2j + 1) of a block, j = i % 2, block ⌊i / 2⌋:
 *   ((bits₀ >>> 5) · 2^26 + (bits₁ >>> 6)) · 2^−53
 * - `normal`: Box–Muller on pairs of uniforms (u₀, u₁), u of elements (2j, 2j + 1) of the uniform stream:
 *   r = √(−2 ln(1 − u₀)), results r·cos(2π u₁), r·sin(2π u₁)
 */
export interface RandomKernel {
  readonly kind: 'random'
  readonly structure: { readonly distribution: 'uniform' | 'normal' | 'bits' | 'integers'; readonly dtype: DType }
  readonly size: number
  readonly offset: number
}

/** Copies pieces of inputs into one output: concatenate, pad, materialize a view, accumulate adjoints of slices. */
export interface CopyKernel {
  readonly kind: 'copy'
  readonly structure: {
    readonly dtype: DType
    /** Add to what the output holds (after filling) rather than replace it. */
    readonly accumulate: boolean
  }
  /** Written to the `size` elements of the output from `offset` on before any piece; without it the rest is left as it is. */
  readonly fill?: { readonly value: number; readonly size: number; readonly offset: number }
  /** In order; pieces overlap only where `accumulate`. Every input has a piece, if only an empty one. */
  readonly pieces: readonly CopyPiece[]
}

/** One piece of a copy: `inputs[input]` walked with `source` goes to the output walked with `target`. */
export interface CopyPiece {
  readonly input: number
  readonly shape: readonly number[]
  readonly source: Access
  readonly target: Access
}

/** Running sum or product along an axis; operands dense, seen as [outer, axis, inner]. */
export interface ScanKernel {
  readonly kind: 'scan'
  readonly structure: {
    readonly reduction: 'sum' | 'prod'
    readonly dtype: DType
    /** From the last element to the first. */
    readonly reverse: boolean
    /** Element i leaves itself out; the first is the identity. */
    readonly exclusive: boolean
  }
  readonly outer: number
  readonly axis: number
  readonly inner: number
  readonly offsets: { readonly input: number; readonly output: number }
}

/**
 * Stable sort along an axis, or its first `count` places; operands dense, seen as [outer, axis, inner].
 * Outputs: values [outer, count, inner], places (int32). NaN is greater than every number. Ties keep their order, also
 * when descending.
 */
export interface SortKernel {
  readonly kind: 'sort'
  readonly structure: { readonly dtype: DType; readonly descending: boolean }
  readonly outer: number
  readonly axis: number
  readonly count: number
  readonly inner: number
  readonly offsets: { readonly input: number; readonly values: number; readonly places: number }
}
