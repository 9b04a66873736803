import './methods.js'
import { assertSingleCopy } from './single-copy.js'

assertSingleCopy()

export { applyComposite, type Composite, type CompositeContext } from './composite.js'
export { apply, applyOne, runLaunches } from './apply.js'
export { Cell, cell, numberOf } from './cell.js'
export * from './device-registry.js'
export * from './device.js'
export * from './dtype.js'
export * from './errors.js'
export * from './expression/derivative.js'
export * from './expression/expression.js'
export * as scalarOps from './expression/scalar-ops.js'
export type { ScalarOp } from './expression/scalar-ops.js'
export { formatTensor } from './format.js'
export { type BackwardOptions, type GradientHook, type GradientPort, installGradientPort } from './gradient-port.js'
export * from './graph/graph.js'
export * from './graph/graph-node.js'
export * from './graph/order.js'
export type { GraphJson } from './graph/to-json.js'
export * from './graph/value.js'
export * from './kernel.js'
export { memory, type MemoryUse, dropStorage, holdStorage } from './live-memory.js'
export { type DenseOperand, type Launch, Lowering, type Operand as LaunchOperand } from './lowering.js'
export type { TensorMethods } from './methods.js'
export { labelOf, type OpAttributes, type OpDefinition, type OpName, opTable } from './op-table.js'
export * from './ops/activation.js'
export * from './ops/arithmetic.js'
export * from './ops/assembly.js'
export * from './ops/batch-norm.js'
export * from './ops/comparison.js'
export { conv1d, conv2d, type Conv1dOptions, type Conv2dOptions, type Pair } from './ops/convolution.js'
export { type CreationOptions, eye, full, ones, onesLike, zeros, zerosLike } from './ops/creation.js'
export * from './ops/cross-entropy.js'
export { defineElementwise, type ElementwiseDefinition, type FormulaOperands } from './ops/define-elementwise.js'
export * from './ops/einsum.js'
export { elementwise, type Operand } from './ops/elementwise.js'
export { type Elementwise, type ElementwiseName, elementwiseTable } from './ops/elementwise-table.js'
export { oneHot, tensor, type TensorData, type TensorOptions } from './ops/from-data.js'
export * from './ops/indexing.js'
export * from './ops/linear.js'
export * from './ops/matmul.js'
export * from './ops/movement.js'
export * from './ops/normalization.js'
export * from './ops/ordering.js'
export * from './ops/pooling.js'
export * from './ops/random.js'
export * from './ops/reduction.js'
export * from './ops/sequence.js'
export * from './ops/scale-and-shift.js'
export { chunk, flip, narrow, select, slice, split } from './ops/slicing.js'
export * from './ops/softmax.js'
export * from './ops/statistics.js'
export * from './ops/transcendental.js'
export * from './random/generator.js'
export { philox4x32 } from './random/philox.js'
export {
  activeCapture,
  activeGradients,
  belowRecorder,
  guard,
  type HostPlace,
  initialValue,
  installRecorder,
  isRecording,
  type OpEvent,
  type OpEventOf,
  type Recorder,
  refuseAsync,
  startObserver,
  touchPlace,
  withGradientLevels,
  withoutCapture,
  withoutGradients,
  withRecorder,
} from './recorder.js'
export { type OptionNames, requireNoMore, requireOptions } from './require-options.js'
export { requireTensor } from './require-tensor.js'
export type { Reachable } from './reachable.js'
export { ReferenceDevice } from './reference/reference-device.js'
export { adopt, currentScope, giveTo, own, scope, type TensorOwner, withOwner } from './scope.js'
export {
  broadcastShapes,
  broadcastStrides,
  checkShape,
  denseStrides,
  isDense,
  normalizeAxes,
  normalizeAxis,
  sameShape,
  showShape,
  sizeOf,
} from './shape.js'
export * from './storage.js'
export { Tensor, type Trace } from './tensor.js'
export { isTensor } from './tensor-brand.js'
export * from './tensor-layout.js'
export { mapTensors, tensorsIn } from './tensors-in.js'
export type { NestedArray } from './to-nested.js'
export * from './variable.js'
export * from './view.js'
