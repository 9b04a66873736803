import {
  type DType,
  DTypeError,
  full,
  GradientError,
  isFloating,
  mapTensors,
  sameShape,
  scope,
  ShapeError,
  showShape,
  type Tensor,
  tensorsIn,
  type Value,
  withRecorder,
} from '@chainrule/tensor'
import { backpropagate } from '../backpropagate.js'
import { fillTensors } from '../fill-tensors.js'
import { GradientLevel } from '../gradient-level.js'
import { snapshot, standIn } from '../snapshot.js'

/** What `vjp` gives. */
export interface VjpResult<Args extends readonly unknown[], Result> {
  /** f(...x) */
  readonly value: Result
  /**
   * From gradients of the result (of its structure) to those of the arguments: one argument's own structure, or a list of
   * them. Undefined stands where an argument has a tensor that is not floating.
   */
  readonly pullback: (gradient: Result) => Args extends readonly [infer Only] ? Only : Args
}

/** A tensor of a tracked argument: what its gradient will be like, and its value on the tape if it has one. */
interface Leaf {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly device: string
  readonly value: Value | undefined
}

/** A function run under a level of its own, with its arguments as leaves. */
export interface Traced<Result> {
  readonly level: GradientLevel
  readonly value: Result
  /** The tensors of the tracked arguments, in order. */
  readonly leaves: readonly Leaf[]
}

/** Runs a function with the tensors of some arguments tracked by a new level. */
export const traceCall = <Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
  args: Args,
  tracked: (place: number) => boolean,
): Traced<Result> => {
  const level = new GradientLevel()
  const leaves: Leaf[] = []
  // A tensor that occurs twice is two variables of the function, so each occurrence is a leaf of its own.
  const track = (tensor: Tensor): Tensor => {
    const handle = standIn(tensor)
    const { shape, dtype, device } = handle
    leaves.push({ shape, dtype, device, value: isFloating(dtype) ? level.track(handle) : undefined })
    return handle
  }
  const replaced = args.map((argument, place) =>
    tracked(place) ? mapTensors(argument, track) : argument,
  ) as unknown as Args
  const value = withRecorder(level, () => f(...replaced))
  return { level, value, leaves }
}

const checkSeed = (seed: Tensor, result: Tensor): void => {
  if (!sameShape(seed.shape, result.shape)) {
    throw new ShapeError(
      `vjp: got a gradient of ${showShape(seed.shape)}, expected the shape of the result, ${showShape(result.shape)}.`,
    )
  }
  if (seed.dtype !== result.dtype) {
    throw new DTypeError(
      `vjp: got a gradient of ${seed.dtype}, expected the dtype of the result, ${result.dtype}. Convert with .to('${result.dtype}').`,
    )
  }
}

/** Gradients of the leaves in order, from seeds for the results; zeros where nothing flowed, undefined where nothing can. */
export const pullTraced = <Result>(
  { level, value, leaves }: Traced<Result>,
  gradient: unknown,
  retainGraph: boolean,
): readonly (Tensor | undefined)[] => {
  const results = tensorsIn(value)
  const given = tensorsIn(gradient)
  if (given.length !== results.length) {
    throw new GradientError(
      `vjp: got ${given.length} gradients, expected one for each of the ${results.length} tensors of the result.`,
    )
  }
  const seeds = results.flatMap((result, place) => {
    const traced = level.valueOf(result)
    const seed = given[place]
    if (seed === undefined || traced === undefined) return []
    checkSeed(seed, result)
    return [{ value: traced, gradient: seed }]
  })
  const found = backpropagate(seeds, { level, retainGraph, createGraph: false })
  return leaves.map((leaf) => {
    if (leaf.value === undefined) return undefined
    const known = found.get(leaf.value)
    // Another handle, because a seed may have gone straight through.
    return known === undefined ? full(leaf.shape, 0, leaf) : snapshot(known)
  })
}

/**
 * The value of a function and its vector–Jacobian product: gradients of the arguments from gradients of the result.
 *
 * @param f - a function of tensors (in arrays and objects) to tensors
 * @param args - where to evaluate it
 * @returns `value`, and `pullback`, which may be called again and again
 * @throws GradientError, ShapeError or DTypeError in `pullback` when the gradients do not fit the result
 * @see https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html
 *
 * @example
 * ```ts
 * import { vjp } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * const { pullback } = vjp((x) => x.square(), tensor([1, 2]))
 * console.log(String(pullback(tensor([1, 1])))) // tensor([2, 4], float32)
 * ```
 */
export const vjp = <Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
  ...args: Args
): VjpResult<Args, Result> => {
  const traced = traceCall(f, args, () => true)
  const pullback = (gradient: Result): unknown =>
    scope(() => {
      const structured = fillTensors(args, pullTraced(traced, gradient, true))
      return structured.length === 1 ? structured[0] : structured
    })
  return { value: traced.value, pullback: pullback as VjpResult<Args, Result>['pullback'] }
}
