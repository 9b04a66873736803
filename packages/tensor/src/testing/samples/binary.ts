import * as arithmetic from '../../ops/arithmetic.js'
import * as comparison from '../../ops/comparison.js'
import type { Tensor } from '../../tensor.js'
import { type OpSample, type SampleOptions, smooth } from '../op-sample.js'
import { real, repeated, type SpreadOptions, truth, whole } from '../sample-data.js'
import type { SampleInput } from '../sample-input.js'
import type { ToleranceClass } from '../tolerance.js'

/** An op of two operands, where it is smooth, and how exact devices are in it. */
interface Binary {
  readonly op: string
  readonly run: (a: Tensor | number, b: Tensor | number) => Tensor
  readonly tolerance: ToleranceClass
  readonly left?: SpreadOptions
  readonly right?: SpreadOptions
  /** False for results without gradients. */
  readonly hasGradient?: boolean
  /** Whether it takes two bool operands. */
  readonly takesBool: boolean
}

const ops: readonly Binary[] = [
  { op: 'add', run: arithmetic.add, tolerance: 'exact', takesBool: true },
  { op: 'sub', run: arithmetic.sub, tolerance: 'exact', takesBool: false },
  { op: 'mul', run: arithmetic.mul, tolerance: 'exact', takesBool: true },
  { op: 'div', run: arithmetic.div, right: { avoid: [0], margin: 0.3 }, tolerance: 'arithmetic', takesBool: true },
  {
    op: 'pow',
    run: arithmetic.pow,
    left: { low: 0.2, high: 3 },
    right: { low: -2, high: 3 },
    tolerance: 'transcendental',
    takesBool: false,
  },
  { op: 'maximum', run: arithmetic.maximum, tolerance: 'exact', takesBool: true },
  { op: 'minimum', run: arithmetic.minimum, tolerance: 'exact', takesBool: true },
  { op: 'equal', run: comparison.equal, tolerance: 'exact', hasGradient: false, takesBool: true },
  { op: 'notEqual', run: comparison.notEqual, tolerance: 'exact', hasGradient: false, takesBool: true },
  { op: 'less', run: comparison.less, tolerance: 'exact', hasGradient: false, takesBool: true },
  { op: 'lessEqual', run: comparison.lessEqual, tolerance: 'exact', hasGradient: false, takesBool: true },
  { op: 'greater', run: comparison.greater, tolerance: 'exact', hasGradient: false, takesBool: true },
  { op: 'greaterEqual', run: comparison.greaterEqual, tolerance: 'exact', hasGradient: false, takesBool: true },
  { op: 'logicalAnd', run: comparison.logicalAnd, tolerance: 'exact', hasGradient: false, takesBool: true },
  { op: 'logicalOr', run: comparison.logicalOr, tolerance: 'exact', hasGradient: false, takesBool: true },
]

const kinked = new Set(['maximum', 'minimum'])

const samplesOf = ({
  op,
  run,
  tolerance,
  left = {},
  right = {},
  hasGradient = true,
  takesBool,
}: Binary): OpSample[] => {
  /** Multiples of 1/4 on the left, with 1/8 added on the right, where ties are kinks. */
  const apart = (input: SampleInput, shift: number): SampleInput =>
    kinked.has(op) ? { ...input, data: input.data.map((x) => Math.round(x * 4) / 4 + shift) } : input
  const a = (shape: readonly number[], view?: SampleInput['view']): SampleInput =>
    apart(real(shape, { ...left, seed: 1, ...(view && { view }) }), 0)
  const b = (shape: readonly number[], view?: SampleInput['view']): SampleInput =>
    apart(real(shape, { ...right, seed: 2, ...(view && { view }) }), 1 / 8)
  const options: SampleOptions = { tolerance, ...(hasGradient ? {} : { differentiable: [] }) }
  const pair = (name: string, first: SampleInput, second: SampleInput): OpSample =>
    smooth(op, name, [first, second], run, options)
  const discrete = (name: string, first: SampleInput, second: SampleInput): OpSample =>
    smooth(op, name, [first, second], run, { tolerance, differentiable: [] })
  const number = Math.fround(1.3)
  return [
    pair('rank 0', a([]), b([])),
    pair('one element', a([1]), b([1])),
    pair('no element', a([0]), b([0])),
    pair('5 elements', a([5]), b([5])),
    pair('17 elements at offsets', a([17], 'offset'), b([17], 'offset')),
    pair('127 elements', a([127]), b([127])),
    pair('1000 elements', a([1000]), b([1000])),
    pair('a scalar on the left', a([]), b([2, 3])),
    pair('a scalar on the right', a([2, 3]), b([])),
    pair('rows against columns', a([4, 1]), b([1, 5])),
    pair('a row against a matrix', a([3, 4]), b([4])),
    pair('axes of size 1 inside', a([2, 1, 3]), b([2, 4, 1])),
    pair('an axis of size 1 against one of size 0', a([1, 3]), b([0, 3])),
    pair('transposed against dense', a([3, 4], 'transposed'), b([3, 4])),
    pair('dense against axes reversed', a([2, 3, 4]), b([2, 3, 4], 'reversed')),
    pair('sliced against flipped', a([3, 3], 'sliced'), b([3, 3], 'flipped')),
    pair('repeated against dense', apart(repeated(4, [3], left), 0), b([4, 3])),
    smooth(op, 'a tensor and a number', [a([5])], (x) => run(x, number), options),
    smooth(op, 'a number and a tensor', [b([5])], (x) => run(number, x), options),
    discrete('int32', whole([9], { seed: 3, low: 1 }), whole([9], { seed: 4, low: 0, high: 3 })),
    smooth(op, 'int32 and a whole number', [whole([6])], (x) => run(x, 2), { tolerance, differentiable: [] }),
    smooth(op, 'int32 and a fraction', [whole([6], { low: 1 })], (x) => run(x, 1.5), { tolerance, differentiable: [] }),
    smooth(op, 'int32 and float32', [whole([6], { low: 1, high: 3 }), b([6])], run, {
      tolerance,
      differentiable: hasGradient ? [1] : [],
    }),
    discrete('bool and int32', truth([6]), whole([6], { low: 1, high: 4 })),
    ...(takesBool ? [discrete('bool', truth([9], { seed: 5 }), truth([9], { seed: 6, view: 'flipped' }))] : []),
  ]
}

/** Elementwise ops of two operands where they are smooth. */
export const binarySamples: readonly OpSample[] = ops.flatMap(samplesOf)
