import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { polynomial } from './polynomial.js'
import { splitMantissa } from './log.js'
import { powerOfTwo, type PowerOfTwo } from './split-by-log-two.js'

/** (3 atanh(s) / s − 3 − s²) / s⁴ in s², for |s| ≤ (√2 − 1) / (√2 + 1): minimax, error below 2^−70 of the logarithm. */
const series = [
  0.6, 0.42857142857144054, 0.333333333324821, 0.27272727503481237, 0.23076892401896876, 0.20002209318150904,
  0.17559293534822049, 0.17585405434358117,
]

/** r (e^r + 1) / (e^r − 1) − 2 in r², divided by r² (fdlibm's e_exp.c). */
const exponentialSeries = [
  1.66666666666666019037e-1, -2.77777777770155933842e-3, 6.61375632143793436117e-5, -1.6533902205465251539e-6,
  4.13813679705723846039e-8,
]

/** 2 / (3 ln 2) and ln 2, whole and in two parts, the first of them short. */
const twoThirdsOfLogE = [9.61796693925975554329e-1, 9.61796700954437255859e-1, -7.02846165095275826516e-9] as const
const logTwo = [6.93147180559945286227e-1, 6.93147182464599609375e-1, -1.90465429995776804525e-9] as const

/** Clears the low half of the bits, so that products with another such number are exact. */
const shorten = (float: FloatLanes, x: Term): Term =>
  float.keep(float.fromBits(float.bitsAnd(float.toBits(x), float.bits(0xffffffff00000000n))))

/** A number in two parts, the first short. */
interface Parts {
  readonly high: Term
  readonly low: Term
}

/**
 * log₂ x in two parts, with some 20 bits beyond float64: the logarithm of the mantissa 1 + f is
 * 2/(3 ln 2) s (3 + s² + …), s = f / (2 + f), with s and the bracket in two parts each (fdlibm's e_pow.c).
 */
const preciseLogTwo = (float: FloatLanes, x: Term): Parts => {
  // Subnormal numbers are lifted by 2^54.
  const isSubnormal = float.keepMask(float.less(x, float.constant(2 ** -1022)))
  const lifted = float.select(isSubnormal, float.mul(x, float.constant(2 ** 54)), x)
  const { fraction, exponent } = splitMantissa(float, lifted)
  const whole = float.keep(float.sub(exponent, float.select(isSubnormal, float.constant(54), float.constant(0))))
  const sum = float.keep(float.add(fraction, float.constant(2)))
  const inverse = float.keep(float.div(float.constant(1), sum))
  const s = float.keep(float.mul(fraction, inverse))
  const sHigh = shorten(float, s)
  const sumHigh = shorten(float, sum)
  // 1 + f is exact, so what `sum` lost is found from it.
  const sumLow = float.sub(fraction, float.sub(sumHigh, float.constant(2)))
  const sLow = float.keep(
    float.mul(inverse, float.sub(float.sub(fraction, float.mul(sHigh, sumHigh)), float.mul(sHigh, sumLow))),
  )
  const square = float.keep(float.mul(s, s))
  const tail = float.keep(
    float.add(
      float.mul(float.mul(square, square), polynomial(float, square, series)),
      float.mul(sLow, float.add(sHigh, s)),
    ),
  )
  const highSquare = float.keep(float.mul(sHigh, sHigh))
  const three = float.constant(3)
  const bracketHigh = shorten(float, float.add(float.add(highSquare, three), tail))
  const bracketLow = float.sub(tail, float.sub(float.sub(bracketHigh, three), highSquare))
  const productHigh = float.keep(float.mul(sHigh, bracketHigh))
  const productLow = float.keep(float.add(float.mul(sLow, bracketHigh), float.mul(bracketLow, s)))
  const logHigh = shorten(float, float.add(productHigh, productLow))
  const logLow = float.keep(float.sub(productLow, float.sub(logHigh, productHigh)))
  const [factor, factorHigh, factorLow] = twoThirdsOfLogE
  const scaledHigh = float.keep(float.mul(logHigh, float.constant(factorHigh)))
  const scaledLow = float.keep(
    float.add(float.mul(logHigh, float.constant(factorLow)), float.mul(logLow, float.constant(factor))),
  )
  const high = shorten(float, float.add(float.add(scaledHigh, scaledLow), whole))
  const low = float.keep(float.sub(scaledLow, float.sub(float.sub(high, whole), scaledHigh)))
  return { high, low }
}

/** 2^(high + low). */
const powerOfTwoParts = (float: FloatLanes, high: Term, low: Term): Term => {
  const magic = float.constant(1.5 * 2 ** 52)
  const shifted = float.keep(float.add(float.add(high, low), magic))
  const exponent: PowerOfTwo = { value: float.keep(float.sub(shifted, magic)), bits: float.toBits(shifted) }
  const rest = float.keep(float.sub(high, exponent.value))
  const t = shorten(float, float.add(rest, low))
  const [whole, wholeHigh, wholeLow] = logTwo
  const u = float.keep(float.mul(t, float.constant(wholeHigh)))
  const v = float.keep(
    float.add(
      float.mul(float.sub(low, float.sub(t, rest)), float.constant(whole)),
      float.mul(t, float.constant(wholeLow)),
    ),
  )
  const z = float.keep(float.add(u, v))
  const w = float.keep(float.sub(v, float.sub(z, u)))
  const square = float.keep(float.mul(z, z))
  const c = float.keep(float.nmadd(square, polynomial(float, square, exponentialSeries), z))
  const rational = float.div(float.mul(z, c), float.sub(c, float.constant(2)))
  const r = float.sub(rational, float.madd(z, w, w))
  const value = float.sub(float.constant(1), float.sub(r, z))
  const [first, second] = powerOfTwo(float, exponent)
  return float.mul(float.mul(value, first), second)
}

/**
 * x^y for x > 0 in float64, to about 1 ulp: y log₂ x is formed in two parts, then raised (fdlibm's e_pow.c). At x = 0 and
 * x = ∞ it is 0 or ∞; 1^∞ comes out as NaN.
 *
 * @param float - float64 arithmetic
 * @param x - the base, not negative; emitted often
 * @param y - the exponent; emitted often
 * @returns the power
 */
export const precisePower = (float: FloatLanes, x: Term, y: Term): Term => {
  const { high, low } = preciseLogTwo(float, x)
  const yHigh = shorten(float, y)
  const productHigh = float.keep(float.mul(yHigh, high))
  const productLow = float.keep(float.add(float.mul(float.sub(y, yHigh), high), float.mul(y, low)))
  const sum = float.add(productHigh, productLow)
  // The parts of an infinite y are NaN.
  const product = float.keep(float.select(float.equal(float.abs(y), float.constant(Infinity)), float.mul(y, high), sum))
  const power = float.keep(powerOfTwoParts(float, productHigh, productLow))
  // Past the exponents of floats, and where x or y is 0 or infinite, the sign of y log x decides.
  const infinity = float.constant(Infinity)
  const zero = float.constant(0)
  const isPole = float.maskOr(float.equal(x, zero), float.equal(x, infinity))
  const direction = float.select(isPole, float.select(float.equal(x, zero), float.neg(y), y), product)
  const kept = float.keep(direction)
  const isLarge = float.less(float.constant(1100), kept)
  const isSmall = float.less(kept, float.constant(-1100))
  const finite = float.select(isSmall, zero, float.select(isLarge, infinity, power))
  const atPole = float.select(float.less(zero, kept), infinity, float.select(float.less(kept, zero), zero, kept))
  const either = float.keep(float.select(isPole, atPole, finite))
  // The bits of NaN have been taken for those of a number.
  return float.select(float.equal(x, x), either, x)
}
