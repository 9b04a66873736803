import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { logOfMantissa, splitMantissa, withLogPoles } from './log.js'

/**
 * log(1 + x), without cancellation near 0: −∞ at −1, NaN below. With u = 1 + x rounded and c what the rounding lost,
 * it is log(u) + c / u. Largest errors: float32 2 ulp, float64 2 ulp.
 *
 * @param float - the arithmetic
 * @param x - the number; emitted once
 * @returns log(1 + x)
 */
export const log1p = (float: FloatLanes, x: Term): Term => {
  const one = float.constant(1)
  const given = float.keep(x)
  const sum = float.keep(float.add(given, one))
  const isLarge = float.less(one, given)
  const lost = float.select(isLarge, float.sub(one, float.sub(sum, given)), float.sub(given, float.sub(sum, one)))
  const correction = float.keep(float.div(lost, sum))
  const result = logOfMantissa(float, splitMantissa(float, sum), correction)
  const tiny = float.constant(float.width === 32 ? 2 ** -25 : 2 ** -54)
  // Keeps the sign of zero.
  const precise = float.select(float.less(float.abs(given), tiny), given, result)
  return withLogPoles(float, given, float.constant(-1), precise)
}
