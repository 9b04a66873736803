import { local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { readLocal } from '../assembly/library-function.js'
import { polynomial } from './polynomial.js'
import { powerOfTwo, type PowerOfTwo, scaleByPower, splitByLogTwo } from './split-by-log-two.js'

/** (e^r − 1 − r) / r² on |r| ≤ ½ ln 2; relative error of e^r − 1 below 2^−26 (minimax, rounded to float32). */
const quotient32 = [
  0.4999999701976776, 0.16666541993618011, 0.041667431592941284, 0.00836687721312046, 0.0013871871633455157,
]

/** r (e^r + 1) / (e^r − 1) = 2 + P(r²) r²; P from fdlibm's e_exp.c (Sun Microsystems, 1993), error below 2^−59. */
const remez64 = [
  1.66666666666666019037e-1, -2.77777777770155933842e-3, 6.61375632143793436117e-5, -1.6533902205465251539e-6,
  4.13813679705723846039e-8,
]

/** An exponential taken apart: e^x = 2^k · (1 + fraction), with |fraction| ≤ √2 − 1. */
export interface SplitExponential {
  readonly fraction: Term
  readonly exponent: PowerOfTwo
}

/**
 * Takes e^x apart, so that e^x and e^x − 1 can both be put together without loss.
 *
 * float32: fraction = r + r² Q(r) with r = x − k ln 2 (Cody–Waite). float64: fraction = hi − (lo − r c / (2 − c)) with
 * r = hi − lo and c = r − r² P(r²), as in fdlibm.
 *
 * @param float - the arithmetic
 * @param x - the exponent, of moderate size (clamp it first); emitted twice
 * @param isPrecise - in float32, whether to make up for the rounding of r
 * @returns the fraction (read often) and the power of two
 */
export const splitExponential = (float: FloatLanes, x: Term, isPrecise = false): SplitExponential => {
  const { rest, high, low, exponent } = splitByLogTwo(float, x)
  const square = float.keep(float.mul(rest, rest))
  if (float.width === 32) {
    const quotient = polynomial(float, rest, quotient32)
    if (!isPrecise) return { fraction: float.keep(float.madd(quotient, square, rest)), exponent }
    const lost = float.sub(float.sub(high, rest), low)
    return { fraction: float.keep(float.add(float.madd(quotient, square, lost), rest)), exponent }
  }
  const c = float.keep(float.nmadd(square, polynomial(float, square, remez64), rest))
  const rational = float.div(float.mul(rest, c), float.sub(float.constant(2), c))
  return { fraction: float.keep(float.sub(high, float.sub(low, rational))), exponent }
}

/**
 * e^x for |x| ≤ 87 in float32 or 700 in float64, where 2^k is a normal float.
 *
 * @param float - the arithmetic
 * @param x - the exponent; emitted twice
 * @param isPrecise - as for `exp`
 * @returns its exponential
 */
export const moderateExp = (float: FloatLanes, x: Term, isPrecise = false): Term => {
  const { fraction, exponent } = splitExponential(float, x, isPrecise)
  return scaleByPower(float, float.add(fraction, float.constant(1)), exponent)
}

/** Exponents from here down have no exponential but 0: half the smallest subnormal is 2^−150 in float32, 2^−1075 in float64. */
const vanishing = { 32: -104, 64: -746 } as const

/** e^x for any x: too large or small ones are clamped, and 2^k is multiplied in two steps. */
const anyExp = (float: FloatLanes, x: Term, isPrecise = false): Term => {
  const [smallest, largest] = [vanishing[float.width], float.width === 32 ? 89 : 710]
  const clamped = float.keep(float.clampBelow(float.clampAbove(x, float.constant(largest)), float.constant(smallest)))
  const { fraction, exponent } = splitExponential(float, clamped, isPrecise)
  const [first, second] = powerOfTwo(float, exponent)
  return float.mul(float.mul(float.add(fraction, float.constant(1)), first), second)
}

/**
 * e^x. Largest errors: float32 1.1 ulp, float64 1 ulp; subnormal results are rounded once, too large ones are infinite,
 * NaN stays. Vectors whose lanes are all of moderate size, or all vanish as masked ones do, take shorter ways to the same bits.
 *
 * @param float - the arithmetic
 * @param x - the exponent; emitted once
 * @param isPrecise - in float32, whether to spend three more operations on a largest error of 0.8 ulp
 * @returns its exponential
 */
export const exp = (float: FloatLanes, x: Term, isPrecise = false): Term => {
  const { builder } = float
  if (!float.isVector) return anyExp(float, x, isPrecise)
  const given = float.keep(x)
  const result = builder.local('v128')
  const either = (way: typeof moderateExp) => (): void => {
    builder.scope(() => {
      way(float, given, isPrecise)()
      local.set(result)
    })
  }
  // Comparisons that NaN fails too.
  float.all(float.lessEqual(float.abs(given), float.constant(float.width === 32 ? 87 : 700)))()
  branch(either(moderateExp), () => {
    float.all(float.lessEqual(given, float.constant(vanishing[float.width])))()
    branch(
      either(() => float.constant(0)),
      either(anyExp),
    )
  })
  return readLocal(result)
}
