import {
  full,
  GradientError,
  isFloating,
  mapTensors,
  sameShape,
  scope,
  showShape,
  type Tensor,
  tensorsIn,
  type Value,
  withRecorder,
} from '@chainrule/tensor'
import { backpropagate } from '../backpropagate.js'
import { GradientLevel, snapshot } from '../gradient-level.js'

/** What `vjp` gives. */
export interface VjpResult<Args extends readonly unknown[], Result> {
  /** f(...x) */
  readonly value: Result
  /** From gradients of the result (of its structure) to those of the arguments: one argument's own structure, or a list of them. */
  readonly pullback: (gradient: Result) => Args extends readonly [infer Only] ? Only : Args
}

/** A function run under a level of its own, with its arguments as leaves. */
export interface Traced<Result> {
  readonly level: GradientLevel
  readonly value: Result
  /** The tensors of each argument, as values of the level's tape, by tensor. */
  readonly leaves: ReadonlyMap<Tensor, Value>
}

/** Runs a function with the tensors of some arguments tracked by a new level. */
export const traceCall = <Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
  args: Args,
  tracked: (place: number) => boolean,
): Traced<Result> => {
  const level = new GradientLevel()
  const leaves = new Map<Tensor, Value>()
  const handles = new Map<Tensor, Tensor>()
  const replaced = args.map((argument, place) =>
    tracked(place)
      ? mapTensors(argument, (tensor) => {
          const known = handles.get(tensor)
          if (known !== undefined) return known
          const handle = snapshot(tensor)
          handles.set(tensor, handle)
          if (isFloating(handle.dtype)) leaves.set(tensor, level.track(handle))
          return handle
        })
      : argument,
  ) as unknown as Args
  const value = withRecorder(level, () => f(...replaced))
  return { level, value, leaves }
}

/** Gradients of the traced leaves, from seeds for the results; zeros where nothing flowed. */
export const pullTraced = <Result>(
  { level, value, leaves }: Traced<Result>,
  gradient: unknown,
  retainGraph: boolean,
): ReadonlyMap<Tensor, Tensor> => {
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
    if (!sameShape(seed.shape, result.shape)) {
      throw new GradientError(
        `vjp: got a gradient of ${showShape(seed.shape)}, expected the shape of the result, ${showShape(result.shape)}.`,
      )
    }
    return [{ value: traced, gradient: seed }]
  })
  const found = backpropagate(seeds, { level, retainGraph, createGraph: false })
  const gradients = new Map<Tensor, Tensor>()
  for (const [tensor, leaf] of leaves) gradients.set(tensor, found.get(leaf) ?? zerosOf(tensor))
  return gradients
}

const zerosOf = (tensor: Tensor): Tensor => full(tensor.shape, 0, { dtype: tensor.dtype, device: tensor.device })

/**
 * The value of a function and its vector–Jacobian product: gradients of the arguments from gradients of the result.
 *
 * @param f - a function of tensors (in arrays and objects) to tensors
 * @param args - where to evaluate it
 * @returns `value`, and `pullback`, which may be called again and again
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
      const gradients = pullTraced(traced, gradient, true)
      const structured = args.map((argument) => mapTensors(argument, (tensor) => gradients.get(tensor)))
      return structured.length === 1 ? structured[0] : structured
    })
  return { value: traced.value, pullback: pullback as VjpResult<Args, Result>['pullback'] }
}
