import { applyComposite, type Composite } from '../../composite.js'
import type { DType } from '../../dtype.js'
import {
  add,
  cellSlot,
  constant,
  count,
  div,
  equal,
  exp,
  type Expression,
  index,
  input,
  lessEqual,
  less,
  like,
  log,
  logicalAnd,
  mul,
  stage,
  sub,
  where,
} from '../../expression/builders.js'
import type { RowStage, RowStructure } from '../../kernel.js'
import type { Tensor } from '../../tensor.js'
import { mul as times, sub as minus } from '../arithmetic.js'
import { equal as same, greaterEqual, less as below, logicalAnd as both, where as choose } from '../comparison.js'
import { arange } from '../sequence.js'
import { reducedShape } from '../definitions/reduce.js'
import { reshape, unsqueeze } from '../movement.js'
import { select } from '../slicing.js'
import { sum } from '../reduction.js'
import { logSumExp } from '../statistics.js'
import { softmax } from '../softmax.js'
import { launchRow } from './fused-row.js'

/** The axis of the classes, and the class of elements that do not count. */
export interface CrossEntropyOptions {
  readonly axis: number
  readonly ignoreIndex: number
}

/** What the kernels share: the row's class, this place's class, and the sums behind the softmax. */
interface Terms {
  readonly x: Expression
  readonly isTarget: Expression
  readonly isIgnored: Expression
  readonly isClass: Expression
  readonly stages: readonly RowStage[]
}

/** Rows of logits (input 0) with their class repeated along them (input 1); the classes are the last axis of the space. */
const termsOf = (dtype: DType, rank: number): Terms => {
  const x = input(0, dtype)
  const target = input(1, 'int32')
  return {
    x,
    isTarget: equal(index(rank - 1), target),
    isIgnored: equal(target, cellSlot(0, 'int32')),
    isClass: logicalAnd(lessEqual(constant(0, 'int32'), target), less(target, count('int32'))),
    stages: [
      { reduction: 'max', expression: x },
      { reduction: 'sum', expression: exp(sub(x, stage(0, dtype))) },
    ],
  }
}

const structures = new Map<string, RowStructure>()

/** Structures differ by dtype and, because they count along the last axis, by rank. */
const structureOf = (name: string, dtype: DType, rank: number, make: () => RowStructure): RowStructure => {
  const key = `${name} ${dtype} ${rank}`
  const known = structures.get(key) ?? make()
  structures.set(key, known)
  return known
}

/** ln Σ e^(x − m) + m − x[target]; 0 where ignored, NaN where the target is no class. */
const lossStructure = (dtype: DType, rank: number): RowStructure =>
  structureOf('loss', dtype, rank, () => {
    const { x, isTarget, isIgnored, isClass, stages } = termsOf(dtype, rank)
    const loss = add(log(stage(1, dtype)), sub(stage(0, dtype), stage(2, dtype)))
    const checked = where(isClass, loss, like(x, Number.NaN))
    return {
      inputs: [dtype, 'int32'],
      stages: [...stages, { reduction: 'sum', expression: where(isTarget, x, like(x, 0)) }],
      outputs: [{ per: 'row', expression: where(isIgnored, like(x, 0), checked) }],
    }
  })

/** (ŷ − y) · g with ŷ = softmax(x) and y one-hot; input 2 is g. */
const gradientStructure = (dtype: DType, rank: number): RowStructure =>
  structureOf('gradient', dtype, rank, () => {
    const { x, isTarget, isIgnored, isClass, stages } = termsOf(dtype, rank)
    const probability = div(exp(sub(x, stage(0, dtype))), stage(1, dtype))
    const gradient = mul(sub(probability, where(isTarget, like(x, 1), like(x, 0))), input(2, dtype))
    const checked = where(isClass, gradient, like(x, Number.NaN))
    return {
      inputs: [dtype, 'int32', dtype],
      stages,
      outputs: [{ per: 'element', expression: where(isIgnored, like(x, 0), checked) }],
    }
  })

/** Which element of each row is its target's, and which rows count and have a class. */
const masksOf = (x: Tensor, target: Tensor, { axis, ignoreIndex }: CrossEntropyOptions) => {
  const classes = x.shape[axis] ?? 0
  const places = reshape(
    arange(classes, { device: x.device }),
    x.shape.map((size, place) => (place === axis ? size : 1)),
  )
  return {
    isTarget: same(places, target),
    isIgnored: same(target, ignoreIndex),
    isClass: both(greaterEqual(target, 0), below(target, classes)),
  }
}

/** The gradient of `crossEntropy`, (ŷ − y) · g, in one row kernel. Inputs: x, targets and g, all of the shape of x. */
export const crossEntropyGradientComposite: Composite<CrossEntropyOptions> = {
  name: 'crossEntropyGradient',
  meaning: ([x, target, g], options) => {
    if (x === undefined || target === undefined || g === undefined) return []
    const { isTarget, isIgnored, isClass } = masksOf(x, target, options)
    const gradient = times(minus(softmax(x, options.axis), isTarget.to(x.dtype)), g)
    return [choose(isIgnored, 0, choose(isClass, gradient, Number.NaN))]
  },
  fused: {
    infer: ([x]) => (x === undefined ? [] : [x]),
    lower: (build, { axis, ignoreIndex }) => {
      const { dtype, shape } = build.layout(0)
      launchRow(build, gradientStructure(dtype, shape.length), [axis], [ignoreIndex])
    },
  },
}

const gradientOf = (x: Tensor, target: Tensor, g: Tensor, options: CrossEntropyOptions): readonly Tensor[] =>
  applyComposite(crossEntropyGradientComposite, [x, target, g], options)

/**
 * Cross-entropy of each row of logits against the number of its class, −ln softmax(x)[target], in one row kernel.
 * Inputs: x, and the int32 targets repeated along the axis of the classes.
 */
export const crossEntropyComposite: Composite<CrossEntropyOptions> = {
  name: 'crossEntropy',
  meaning: ([x, target], options) => {
    if (x === undefined || target === undefined) return []
    const { axis } = options
    const { isTarget, isIgnored, isClass } = masksOf(x, target, options)
    const rowsOf = (mask: Tensor): Tensor => select(mask, axis, 0)
    const loss = minus(logSumExp(x, axis), sum(choose(isTarget, x, 0), axis))
    return [choose(rowsOf(isIgnored), 0, choose(rowsOf(isClass), loss, Number.NaN))]
  },
  fused: {
    infer: ([x], { axis }) =>
      x === undefined ? [] : [{ shape: reducedShape(x.shape, [axis], false), dtype: x.dtype }],
    lower: (build, { axis, ignoreIndex }) => {
      const { dtype, shape } = build.layout(0)
      launchRow(build, lossStructure(dtype, shape.length), [axis], [ignoreIndex])
    },
  },
  saves: { inputs: [0, 1], outputs: [] },
  vjp: ({ inputs: [x, target], options }, [g]) =>
    x === undefined || target === undefined || g === undefined
      ? [undefined, undefined]
      : [...gradientOf(x, target, unsqueeze(g, options.axis).broadcastTo(x.shape), options), undefined],
  // Σ (ŷ − y) t is the gradient kernel with the tangent in the place of g, summed.
  jvp: ({ inputs: [x, target], options }, [t]) =>
    x === undefined || target === undefined || t === undefined
      ? [undefined]
      : gradientOf(x, target, t, options).map((product) => sum(product, options.axis)),
}
