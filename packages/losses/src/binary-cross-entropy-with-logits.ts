import {
  broadcastShapes,
  defineElementwise,
  type Expression,
  mul as product,
  type OptionNames,
  requireOptions,
  sameShape,
  scalarOps,
  ShapeError,
  showShape,
  type Tensor,
} from '@chainrule/tensor'
import type { BinaryCrossEntropyOptions } from './binary-cross-entropy.js'
import { requireFloating, requireSameShape } from './operands.js'
import { reduce, requireReduction } from './reduction.js'

const { abs, add, exp, like, log1p, maximum, mul, neg, sigmoid, sub } = scalarOps

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BinaryCrossEntropyWithLogitsOptions extends BinaryCrossEntropyOptions {
  /** Factor of the loss of yes, to make up for its rarity; broadcasts. Default none. */
  readonly posWeight?: Tensor | undefined
}

const one = (x: Expression): Expression => like(x, 1)

/** ln(1 + e^−x) = max(−x, 0) + log1p(e^−|x|), which neither overflows nor cancels. */
const softplusOfNegative = (x: Expression): Expression => add(maximum(neg(x), like(x, 0)), log1p(exp(neg(abs(x)))))

const entropies = defineElementwise({
  name: 'binaryCrossEntropyWithLogits',
  meaning: (x, y) => add(mul(sub(one(y), y), x), softplusOfNegative(x)),
  // The maximum's kink at 0 is not the loss's: σ(x) − y is the whole derivative.
  partials: (x, y) => [sub(sigmoid(x), y), neg(x)],
})

/** 1 + (p − 1) y. */
const yesFactor = (y: Expression, p: Expression): Expression => add(one(y), mul(sub(p, one(p)), y))

const weightedEntropies = defineElementwise({
  name: 'binaryCrossEntropyWithLogits',
  meaning: (x, y, p) => add(mul(sub(one(y), y), x), mul(yesFactor(y, p), softplusOfNegative(x))),
  partials: (x, y, p) => [
    sub(sub(one(y), y), mul(yesFactor(y, p), sigmoid(neg(x)))),
    sub(mul(sub(p, one(p)), softplusOfNegative(x)), x),
    mul(y, softplusOfNegative(x)),
  ],
})

const optionNames: OptionNames<BinaryCrossEntropyWithLogitsOptions> = {
  weight: 'place',
  reduction: 'place',
  posWeight: 'place',
}

/**
 * Cross-entropy of logits against yes (1) and no (0): −(p y ln σ(x) + (1 − y) ln(1 − σ(x))), exact for logits of any size.
 * Without weights its gradient is σ(x) − y.
 *
 * @param input - logits, any shape
 * @param target - in 0 … 1, of the same shape
 * @param options - `weight` of each element and `posWeight` p of yes (both broadcast), `reduction` (default `'mean'`)
 * @returns a scalar, or with `'none'` a tensor of the shape of the input
 * @throws ShapeError for different shapes; DTypeError unless the input is floating
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy_with_logits.html
 *
 * @example
 * ```ts
 * import { binaryCrossEntropyWithLogits } from '@chainrule/losses'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(binaryCrossEntropyWithLogits(tensor([0, 800]), tensor([1, 1]), { reduction: 'none' })))
 * // tensor([0.69315, 0], float32)
 * ```
 */
export const binaryCrossEntropyWithLogits = (
  input: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyWithLogitsOptions = {},
): Tensor => {
  requireOptions('binaryCrossEntropyWithLogits', [options], 2, optionNames)
  const { weight, posWeight, reduction = 'mean' } = options
  const name = 'binaryCrossEntropyWithLogits'
  requireReduction(name, reduction)
  requireFloating(name, input)
  requireSameShape(name, input, target)
  if (posWeight !== undefined && !sameShape(broadcastShapes(name, [input.shape, posWeight.shape]), input.shape)) {
    throw new ShapeError(
      `${name}: got an input of ${showShape(input.shape)} and a posWeight of ${showShape(posWeight.shape)}, expected a shape that ` +
        'broadcasts to the input, such as one number a class.',
    )
  }
  const losses = posWeight === undefined ? entropies([input, target]) : weightedEntropies([input, target, posWeight])
  return reduce(weight === undefined ? losses : product(losses, weight), reduction)
}
