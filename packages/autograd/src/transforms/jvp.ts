import {
  DTypeError,
  GradientError,
  isFloating,
  mapTensors,
  sameShape,
  scope,
  ShapeError,
  showShape,
  Tensor,
  tensorsIn,
  withRecorder,
  zerosLike,
} from '@chainrule/tensor'
import { snapshot, standIn } from '../snapshot.js'
import { TangentLevel } from '../tangent-level.js'

/** A value with its derivative along a direction. */
export interface JvpResult<Result> {
  /** f(...primals) */
  readonly value: Result
  /** The derivative along the tangents, structured like the value. */
  readonly tangent: Result
}

const asList = <Args extends readonly unknown[]>(given: Args | Args[0]): Args =>
  (given instanceof Tensor || !Array.isArray(given) ? [given] : given) as unknown as Args

const checkDirection = (direction: Tensor, primal: Tensor): void => {
  if (!sameShape(direction.shape, primal.shape)) {
    throw new ShapeError(
      `jvp: got a tangent of ${showShape(direction.shape)}, expected the shape of its primal, ${showShape(primal.shape)}.`,
    )
  }
  if (direction.dtype !== primal.dtype) {
    throw new DTypeError(
      `jvp: got a tangent of ${direction.dtype}, expected the dtype of its primal, ${primal.dtype}. Convert with .to('${primal.dtype}').`,
    )
  }
}

/**
 * The value of a function and its Jacobian–vector product: the derivative along a direction, in one forward pass. Tensors that
 * are not floating do not move: their tangents are not used.
 *
 * @param f - a function of tensors (in arrays and objects) to tensors
 * @param primals - the arguments, as a list (one tensor may stand alone)
 * @param tangents - the direction, structured like the primals
 * @returns value and tangent
 * @throws GradientError, ShapeError or DTypeError when the tangents do not fit the primals
 * @see https://docs.jax.dev/en/latest/_autosummary/jax.jvp.html
 *
 * @example
 * ```ts
 * import { jvp } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * const { tangent } = jvp((x) => x.square(), [tensor([1, 2])], [tensor([1, 0])])
 * console.log(String(tangent)) // tensor([2, 0], float32)
 * ```
 */
export const jvp = <Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
  primals: Args | Args[0],
  tangents: Args | Args[0],
): JvpResult<Result> =>
  scope(() => {
    const args = asList<Args>(primals)
    const directions = tensorsIn(asList<Args>(tangents))
    const count = tensorsIn(args).length
    if (directions.length !== count) {
      throw new GradientError(
        `jvp: got ${directions.length} tangents, expected one for each of the ${count} tensors of the primals.`,
      )
    }
    const level = new TangentLevel()
    let place = 0
    const tracked = args.map((argument) =>
      mapTensors(argument, (tensor) => {
        const handle = standIn(tensor)
        const direction = directions[place++]
        if (direction !== undefined) {
          checkDirection(direction, tensor)
          if (isFloating(tensor.dtype)) level.track(handle, direction)
        }
        return handle
      }),
    ) as unknown as Args
    const value = withRecorder(level, () => f(...tracked))
    const tangent = mapTensors(value, (tensor) => {
      const known = level.tangentOf(tensor)
      // Another handle, because a direction may have gone straight through.
      return known === undefined ? zerosLike(tensor) : snapshot(known)
    })
    for (const tensor of tensorsIn(value)) tensor.dropTrace(level)
    return { value, tangent }
  })
