import type { Cell } from './cell.js'
import type { Composite } from './composite.js'
import type { MapStructure, PoolKernel, RandomKernel, WindowSizes } from './kernel.js'
import type { Expression } from './expression/expression.js'
import type { Lowering } from './lowering.js'
import type { Tensor } from './tensor.js'
import type { TensorLayout, TensorSpec } from './tensor-layout.js'
import type { View } from './view.js'
import { argReduceDefinition, reduceDefinition } from './ops/definitions/reduce.js'
import { concatDefinition, padDefinition } from './ops/definitions/assembly.js'
import { compositeDefinition } from './ops/definitions/composite.js'
import { convolutionDefinition } from './ops/definitions/convolution.js'
import { gatherDefinition, scatterAddDefinition } from './ops/definitions/indexing.js'
import { mapDefinition } from './ops/definitions/map.js'
import { matmulDefinition } from './ops/definitions/matmul.js'
import {
  broadcastToDefinition,
  identityDefinition,
  permuteDefinition,
  reshapeDefinition,
  sliceDefinition,
} from './ops/definitions/movement.js'
import { poolDefinition } from './ops/definitions/pool.js'
import { randomDefinition } from './ops/definitions/random.js'
import { scanDefinition, sortDefinition } from './ops/definitions/ordering.js'

/** Attributes of each kind of op: everything that decides its result besides its inputs. Axes count from the front. */
export interface OpAttributes {
  /** Any elementwise expression; `name` is the op's public name, `partials` its hand-written derivatives by input. */
  readonly map: {
    readonly name: string
    readonly shape: readonly number[]
    readonly structure: MapStructure
    readonly cells: readonly (number | Cell)[]
    readonly partials?: readonly (Expression | undefined)[] | undefined
  }
  readonly reduce: {
    readonly reduction: 'sum' | 'max' | 'min'
    readonly axes: readonly number[]
    readonly keepDims: boolean
  }
  /** One axis, or all of them counted row-major. */
  readonly argReduce: {
    readonly reduction: 'argmax' | 'argmin'
    readonly axes: readonly number[]
    readonly keepDims: boolean
  }
  /** Inputs [...batch, m, k] and [...batch, k, n]; batch axes broadcast. */
  readonly matmul: Readonly<Record<string, never>>
  /** The same elements; `copy` forces memory of its own. */
  readonly identity: { readonly copy: boolean }
  readonly permute: { readonly axes: readonly number[] }
  readonly reshape: { readonly shape: readonly number[] }
  readonly broadcastTo: { readonly shape: readonly number[] }
  /** Along each axis the places start, start + step, … (`length` of them). */
  readonly slice: {
    readonly starts: readonly number[]
    readonly lengths: readonly number[]
    readonly steps: readonly number[]
  }
  /** Places the input into a larger tensor of `value`, from `before` on in steps of `steps`: the adjoint of slice. */
  readonly pad: {
    readonly shape: readonly number[]
    readonly before: readonly number[]
    readonly steps: readonly number[]
    readonly value: number
  }
  readonly concat: { readonly axis: number }
  /** `take`: index replaces the axis by its own shape. `along`: index has the rank of the input. Inputs: source, index. */
  readonly gather: { readonly mode: 'take' | 'along'; readonly axis: number }
  /** The adjoint of gather. Inputs: base, index, source. */
  readonly scatterAdd: { readonly mode: 'take' | 'along'; readonly axis: number }
  /** Inputs and outputs as in the convolution kernel; NCHW. `inputShape` and `weightShape` are those of the forward op. */
  readonly convolution: {
    readonly direction: 'forward' | 'inputGradient' | 'weightGradient'
    readonly inputShape: readonly number[]
    readonly weightShape: readonly number[]
    readonly groups: number
    readonly window: WindowSizes
  }
  /** Inputs and outputs as in the pool kernel. */
  readonly pool: {
    readonly operation: PoolKernel['structure']['operation']
    readonly window: WindowSizes
    readonly countIncludePad: boolean
  }
  /** Running sums. */
  readonly scan: {
    readonly axis: number
    readonly reverse: boolean
    readonly exclusive: boolean
  }
  /** Outputs: values, places (int32). */
  readonly sort: { readonly axis: number; readonly descending: boolean; readonly count: number }
  readonly random: {
    readonly distribution: RandomKernel['structure']['distribution']
    readonly shape: readonly number[]
    readonly dtype: 'int32' | 'float32' | 'float64'
    readonly cells: readonly (number | Cell)[]
  }
  readonly composite: { readonly composite: Composite; readonly options: unknown }
}

/** Kinds of op that recorders see. */
export type OpName = keyof OpAttributes

/** What the core knows of a kind of op. */
export interface OpDefinition<Name extends OpName> {
  /** Checks the inputs and gives shape and dtype of each output. */
  infer(inputs: readonly Tensor[], attributes: OpAttributes[Name]): readonly TensorSpec[]
  /** Where the output is only another view of the first input: that view. */
  view?(input: TensorLayout, attributes: OpAttributes[Name]): View | undefined
  /** Adds the kernels that compute the outputs. */
  lower(build: Lowering, attributes: OpAttributes[Name]): void
}

/** Every kind of op, without holes. */
export const opTable: { readonly [Name in OpName]: OpDefinition<Name> } = {
  map: mapDefinition,
  reduce: reduceDefinition,
  argReduce: argReduceDefinition,
  matmul: matmulDefinition,
  identity: identityDefinition,
  permute: permuteDefinition,
  reshape: reshapeDefinition,
  broadcastTo: broadcastToDefinition,
  slice: sliceDefinition,
  pad: padDefinition,
  concat: concatDefinition,
  gather: gatherDefinition,
  scatterAdd: scatterAddDefinition,
  convolution: convolutionDefinition,
  pool: poolDefinition,
  scan: scanDefinition,
  sort: sortDefinition,
  random: randomDefinition,
  composite: compositeDefinition,
}

/** Public name of an op: the elementwise or composite op's own, else the kind's. */
export const labelOf = <Name extends OpName>(op: Name, attributes: OpAttributes[Name]): string => {
  if ('name' in attributes) return attributes.name
  if ('composite' in attributes) return attributes.composite.name
  if ('reduction' in attributes) return attributes.reduction
  if (op === 'scan') return 'cumsum'
  return op
}
