import {
  add,
  type BackwardOptions,
  currentScope,
  DTypeError,
  GradientError,
  isFloating,
  onesLike,
  sameShape,
  ShapeError,
  showShape,
  type Tensor,
  type Value,
} from '@chainrule/tensor'
import { backpropagate, walkRegion, watchedBy } from './backpropagate.js'
import { baseLevel } from './base-level.js'
import { snapshot } from './snapshot.js'
import { runHooks } from './hooks.js'
import { LeafValue } from './leaf-value.js'

const seedOf = (tensor: Tensor, gradient: Tensor | undefined): Tensor => {
  if (gradient === undefined) {
    if (tensor.size !== 1) {
      throw new GradientError(
        `backward: got a result of shape ${showShape(tensor.shape)} and no gradient, expected one element or a gradient for it. ` +
          'Reduce it (such as .sum() or .mean()), or pass {gradient}.',
      )
    }
    return onesLike(tensor)
  }
  if (!sameShape(gradient.shape, tensor.shape)) {
    throw new ShapeError(
      `backward: got a gradient of ${showShape(gradient.shape)}, expected the shape of the result, ${showShape(tensor.shape)}.`,
    )
  }
  if (gradient.dtype !== tensor.dtype) {
    throw new DTypeError(`backward: got a gradient of ${gradient.dtype}, expected the result's ${tensor.dtype}.`)
  }
  return gradient
}

/**
 * Gradients of a tensor with respect to every parameter that it was computed from, added to their `grad`: nodes in reverse
 * topological order, gradients of a value that was used more than once summed.
 *
 * @param tensor - the result, usually a scalar loss
 * @param options - `gradient`: ∂L/∂(result), needed unless it has one element; `retainGraph`: keep the graph for another
 *   walk; `createGraph`: make the gradients differentiable
 * @throws GradientError without a graph, twice over one graph, or without a seed
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.backward.html
 *
 * @example
 * ```ts
 * import { backward, Parameter } from '@chainrule/autograd'
 * const x = new Parameter([1, 2, 3])
 * backward(x.square().sum())
 * console.log(String(x.grad)) // tensor([2, 4, 6], float32)
 * ```
 */
export const backward = (tensor: Tensor, options: BackwardOptions = {}): void => {
  const { gradient, createGraph = false, retainGraph = createGraph } = options
  const root = baseLevel.valueOf(tensor)
  if (root === undefined || !isFloating(tensor.dtype)) {
    throw new GradientError(
      `backward: got a ${tensor.dtype} tensor that no parameter led to, expected the result of ops on parameters outside noGrad. ` +
        'Use a Parameter, or set requiresGrad before computing; results of a compiled function have no graph, so call backward inside it.',
    )
  }
  const user = currentScope()
  const updates = walkRegion(createGraph, () => {
    const found = backpropagate([{ value: root, gradient: seedOf(tensor, gradient) }], {
      level: baseLevel,
      retainGraph,
      createGraph,
      onGradient: (value, known) => runHooks(value, known, user),
    })
    return watchedBy(baseLevel, createGraph, () => collect(found))
  })
  // Everything is computed before anything is written.
  for (const { leaf, total } of updates) leaf.replace(total)
}

interface Update {
  readonly leaf: LeafValue
  readonly total: Tensor
}

const collect = (found: ReadonlyMap<Value, Tensor>): readonly Update[] =>
  [...found].flatMap(([value, gradient]): Update[] => {
    // What is added to a gradient that was not kept is as unknown as that.
    if (!(value instanceof LeafValue) || !value.collects || value.isWithheld) return []
    const before = value.peek()
    return [{ leaf: value, total: before === undefined ? snapshot(gradient) : add(before, gradient) }]
  })
