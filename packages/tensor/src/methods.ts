import * as activation from './ops/activation.js'
import * as arithmetic from './ops/arithmetic.js'
import * as assembly from './ops/assembly.js'
import * as comparison from './ops/comparison.js'
import * as convolution from './ops/convolution.js'
import type { Operand } from './ops/elementwise.js'
import * as indexing from './ops/indexing.js'
import * as linearMap from './ops/linear.js'
import * as matrix from './ops/matmul.js'
import * as movement from './ops/movement.js'
import * as normalization from './ops/normalization.js'
import * as ordering from './ops/ordering.js'
import * as placement from './ops/placement.js'
import * as pooling from './ops/pooling.js'
import * as reduction from './ops/reduction.js'
import * as slicing from './ops/slicing.js'
import * as softmax from './ops/softmax.js'
import * as statistics from './ops/statistics.js'
import * as transcendental from './ops/transcendental.js'
import { Tensor } from './tensor.js'

const { concat: _concat, stack: _stack, ...assembling } = assembly
const { sliceAxis: _sliceAxis, ...cutting } = slicing
const { where: choose, ...comparing } = comparison
const { pairOf: _pairOf, windowOf: _windowOf, ...convolving } = convolution
const { embedding: _embedding, ...placing } = indexing

/** x where the condition holds, other elsewhere: the op's first argument is the condition, the method's tensor is not. */
const where = (x: Tensor, condition: Operand, other: Operand): Tensor => choose(condition, x, other)

/** Every op whose first argument is the tensor it works on, and `where`. */
const functions = {
  ...activation,
  ...arithmetic,
  ...assembling,
  ...comparing,
  ...convolving,
  ...placing,
  ...linearMap,
  ...matrix,
  ...movement,
  ...normalization,
  ...ordering,
  ...placement,
  ...pooling,
  ...reduction,
  ...cutting,
  ...statistics,
  ...softmax,
  ...transcendental,
  where,
}

type Functions = typeof functions

/** A function without its first argument. */
type MethodOf<F> = F extends (first: never, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never

/** The ops as methods: `a.add(b)` is `add(a, b)`, and `a.where(condition, b)` is `where(condition, a, b)` as in PyTorch. */
export type TensorMethods = {
  /** The op of this name, applied to the tensor. */
  readonly [Name in keyof Functions]: MethodOf<Functions[Name]>
}

for (const [name, run] of Object.entries(functions)) {
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: unknown[]) {
      return (run as (...operands: unknown[]) => unknown)(this, ...rest)
    },
    writable: true,
    configurable: true,
  })
}
