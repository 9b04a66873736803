import { mul as product, type OptionNames, requireOptions, scalarOps, type Tensor } from '@chainrule/tensor'
import { elementwiseLoss } from './elementwise-loss.js'
import { type LossOptions, reduce, requireReduction } from './reduction.js'

const { div, like, log, log1p, maximum, mul, neg, sub } = scalarOps

/** Options of `binaryCrossEntropy`. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Factor of each element's loss; broadcasts. Default none. */
  readonly weight?: Tensor | undefined
}

/** PyTorch's bound of x (1 − x) in the gradient, a float32 number. */
const leastProduct = Math.fround(1e-12)

const entropies = elementwiseLoss({
  name: 'binaryCrossEntropy',
  // PyTorch bounds logarithms by −100: a sure and wrong answer costs 100, not infinity.
  meaning: (input, target) => {
    const least = like(input, -100)
    const no = maximum(log1p(neg(input)), least)
    const yes = maximum(log(input), least)
    return sub(mul(sub(target, like(target, 1)), no), mul(target, yes))
  },
  // (x − y) / (x (1 − x)), bounded where the chain rule would divide by 0.
  partials: (input, target) => {
    const least = like(input, -100)
    return [
      div(sub(input, target), maximum(mul(sub(like(input, 1), input), input), like(input, leastProduct))),
      sub(maximum(log1p(neg(input)), least), maximum(log(input), least)),
    ]
  },
})

const optionNames: OptionNames<BinaryCrossEntropyOptions> = { weight: 'place', reduction: 'place' }

/**
 * Cross-entropy of probabilities against yes (1) and no (0): −(y ln x + (1 − y) ln(1 − x)), the logarithms bounded by −100. For
 * logits use `binaryCrossEntropyWithLogits`, which is exact where this rounds.
 *
 * @param input - probabilities in 0 … 1, any shape
 * @param target - in 0 … 1, of the same shape
 * @param options - `weight` of each element (broadcasts), `reduction` (default `'mean'`)
 * @returns a scalar, or with `'none'` a tensor of the shape of the input
 * @throws ShapeError for different shapes; DTypeError unless the input is floating
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy.html
 *
 * @example
 * ```ts
 * import { binaryCrossEntropy } from '@chainrule/losses'
 * import { tensor } from '@chainrule/tensor'
 * console.log(String(binaryCrossEntropy(tensor([0.5]), tensor([1])))) // tensor(0.69315, float32)
 * ```
 */
export const binaryCrossEntropy = (input: Tensor, target: Tensor, options: BinaryCrossEntropyOptions = {}): Tensor => {
  requireOptions('binaryCrossEntropy', [options], 2, optionNames)
  const { weight, reduction = 'mean' } = options
  requireReduction('binaryCrossEntropy', reduction)
  const losses = entropies(input, target)
  return reduce(weight === undefined ? losses : product(losses, weight), reduction)
}
