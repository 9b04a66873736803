import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { splitExponential } from './exp.js'
import { normalPowerOfTwo, powerOfTwo } from './split-by-log-two.js'

/**
 * e^x − 1 for x from −26 (float32) or −40 (float64) to 40; with e^x = 2^k (1 + f) it is 2^k f + (2^k − 1).
 *
 * @param float - the arithmetic
 * @param x - the exponent; emitted often
 * @returns e^x − 1
 */
export const moderateExpm1 = (float: FloatLanes, x: Term): Term => {
  const { fraction, exponent } = splitExponential(float, x)
  const scale = float.keep(normalPowerOfTwo(float, exponent))
  return float.madd(fraction, scale, float.sub(scale, float.constant(1)))
}

/**
 * e^x − 1, without cancellation near 0. Largest errors: float32 2 ulp, float64 2 ulp.
 *
 * @param float - the arithmetic
 * @param x - the exponent; emitted once
 * @returns e^x − 1
 */
export const expm1 = (float: FloatLanes, x: Term): Term => {
  const [smallest, largest, many, tiny] = float.width === 32 ? [-26, 89, 64, 2 ** -25] : [-40, 710, 64, 2 ** -54]
  const given = float.keep(x)
  const clamped = float.keep(
    float.clampBelow(float.clampAbove(given, float.constant(largest)), float.constant(smallest)),
  )
  const { fraction, exponent } = splitExponential(float, clamped)
  const scale = float.keep(normalPowerOfTwo(float, exponent))
  const moderate = float.madd(fraction, scale, float.sub(scale, float.constant(1)))
  // Past 2^64 the 1 is lost, and 2^k may not be a float.
  const [first, second] = powerOfTwo(float, exponent)
  const large = float.mul(float.mul(float.add(fraction, float.constant(1)), first), second)
  const either = float.select(float.less(exponent.value, float.constant(many)), moderate, large)
  // Keeps the sign of zero.
  return float.select(float.less(float.abs(given), float.constant(tiny)), given, either)
}
