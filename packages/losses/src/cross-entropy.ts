import {
  add,
  ArgumentError,
  equal,
  isFloating,
  keptMean,
  logSoftmax,
  mul,
  neg,
  type OptionNames,
  requireOptions,
  requireTensor,
  reshape,
  sameShape,
  ShapeError,
  showShape,
  softmaxCrossEntropy,
  sum,
  type Tensor,
  where,
} from '@chainrule/tensor'
import { classAxis, requireClasses, requireWeights } from './class-targets.js'
import { nllLoss, type NllLossOptions, reduceWeighted, targetWeights } from './nll-loss.js'
import { requireFloating } from './operands.js'
import { reduce, requireReduction } from './reduction.js'

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends NllLossOptions {
  /** Share of each target that is spread evenly over all classes, 0 … 1 (Szegedy et al., 2016). Default 0. */
  readonly labelSmoothing?: number
}

type Settled = Required<Omit<CrossEntropyOptions, 'weight'>> & Pick<CrossEntropyOptions, 'weight'>

/** Weights of the classes, shaped to broadcast along their axis. */
const alongClasses = (weight: Tensor, input: Tensor): Tensor =>
  reshape(
    weight,
    input.shape.map((size, axis) => (axis === classAxis(input) ? size : 1)),
  )

/** Numbers of classes, without weights or smoothing: one kernel forwards, one backwards. */
const plain = (input: Tensor, target: Tensor, { ignoreIndex, reduction }: Settled): Tensor => {
  const losses = softmaxCrossEntropy(input, target, { axis: classAxis(input), ignoreIndex })
  if (reduction === 'none') return losses
  return reduction === 'sum' ? sum(losses) : keptMean(losses, target, ignoreIndex)
}

/** Numbers of classes, smoothed: (1 − s) of the loss of the target and s / C of that of every class, both by class weight. */
const smoothed = (input: Tensor, target: Tensor, options: Settled): Tensor => {
  const { weight, ignoreIndex, labelSmoothing, reduction } = options
  const axis = classAxis(input)
  const logarithms = logSoftmax(input, axis)
  const { weights } = targetWeights(target, weight, ignoreIndex, input)
  const chosen = nllLoss(logarithms, target, { weight, ignoreIndex, reduction: 'none' })
  const every = neg(sum(weight === undefined ? logarithms : mul(logarithms, alongClasses(weight, input)), axis))
  const counted = where(equal(target, ignoreIndex), 0, every)
  const share = labelSmoothing / (input.shape[axis] ?? 1)
  return reduceWeighted(add(mul(chosen, 1 - labelSmoothing), mul(counted, share)), weights, reduction)
}

/** Probabilities: −Σ weight · target · ln softmax, the mean over all places but not classes. */
const probable = (input: Tensor, target: Tensor, { weight, labelSmoothing, reduction }: Settled): Tensor => {
  const axis = classAxis(input)
  const classes = input.shape[axis] ?? 1
  const goal = labelSmoothing === 0 ? target : add(mul(target, 1 - labelSmoothing), labelSmoothing / classes)
  const weighted = weight === undefined ? goal : mul(goal, alongClasses(weight, input))
  const losses = neg(sum(mul(logSoftmax(input, axis), weighted), axis))
  return reduce(losses, reduction)
}

const optionNames: OptionNames<CrossEntropyOptions> = {
  weight: 'place',
  ignoreIndex: 'place',
  reduction: 'place',
  labelSmoothing: 'place',
}

/**
 * Cross-entropy of logits: −ln softmax(input)[target] for each place. Its gradient is ŷ − y, probabilities minus target.
 *
 * @param input - logits, [N, C, ...] or [C]; the classes are axis 1
 * @param target - int32 numbers of classes, [N, ...] or a scalar; or probabilities, floating and of the shape of the input
 * @param options - `weight` of the classes [C], `ignoreIndex` (default −100; not for probabilities), `labelSmoothing` (0),
 *   `reduction` (`'mean'`: over what counts, weighted)
 * @returns a scalar, or with `'none'` a tensor [N, ...]; the mean is NaN when no target counts, as PyTorch
 * @throws DTypeError, ShapeError, ArgumentError; IndexError when a target is no class (on WebGPU and in compiled programs its
 *   loss is NaN instead)
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
 *
 * @example
 * ```ts
 * import { crossEntropy } from '@chainrule/losses'
 * import { tensor } from '@chainrule/tensor'
 * const logits = tensor([[0, 0], [0, 0]])
 * console.log(String(crossEntropy(logits, tensor([1, 0], { dtype: 'int32' })))) // tensor(0.69315, float32)
 * console.log(String(crossEntropy(logits, tensor([[0.5, 0.5], [1, 0]])))) // tensor(0.69315, float32)
 * ```
 */
export const crossEntropy = (input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor => {
  requireOptions('crossEntropy', [options], 2, optionNames)
  const { weight, ignoreIndex = -100, labelSmoothing = 0, reduction = 'mean' } = options
  requireReduction('crossEntropy', reduction)
  requireFloating('crossEntropy', input)
  requireTensor('crossEntropy', target, 'the target')
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ArgumentError(`crossEntropy: got labelSmoothing ${labelSmoothing}, expected a share in 0 … 1.`)
  }
  if (weight !== undefined) requireWeights('crossEntropy', input, weight)
  const settled: Settled = { weight, ignoreIndex, labelSmoothing, reduction }
  if (isFloating(target.dtype)) {
    if (input.rank > 0 && sameShape(input.shape, target.shape)) return probable(input, target, settled)
    throw new ShapeError(
      `crossEntropy: got an input of ${showShape(input.shape)} and a target of ${target.dtype} ${showShape(target.shape)}, expected ` +
        "probabilities of the input's shape or int32 numbers of classes. Make those with tensor(…, {dtype: 'int32'}).",
    )
  }
  requireClasses('crossEntropy', input, target, ignoreIndex)
  if (labelSmoothing > 0) return smoothed(input, target, settled)
  if (weight === undefined) return plain(input, target, settled)
  return nllLoss(logSoftmax(input, classAxis(input)), target, { weight, ignoreIndex, reduction })
}
