import { local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { readLocal } from '../assembly/library-function.js'
import { polynomial } from './polynomial.js'

/** (log((1 + s) / (1 − s)) / s − 2) / s² in s², for |s| ≤ (√2 − 1) / (√2 + 1); minimax, below 2^−35 and 2^−58. */
const series = {
  32: [0.6666666269302368, 0.40000972151756287, 0.2849878966808319, 0.2427893877029419],
  // From fdlibm's e_log.c (Sun Microsystems, 1993).
  64: [
    6.66666666666673513e-1, 3.999999999940941908e-1, 2.857142874366239149e-1, 2.222219843214978396e-1,
    1.818357216161805012e-1, 1.531383769920937332e-1, 1.479819860511658591e-1,
  ],
} as const

/** ln 2 in two parts; the first has trailing zeros enough for exact products with the exponent. */
const logTwo = {
  32: [6.9313812256e-1, 9.0580006145e-6],
  64: [6.9314718036912381649e-1, 1.90821492927058770002e-10],
} as const

/** Bits of 1, of √½ (rounded down), of the mantissa; places of the exponent; the smallest normal number. */
const format = {
  32: { one: 0x3f800000, rootHalf: 0x3f3504f3, mantissa: 0x007fffff, places: 23, normal: 2 ** -126, lift: 23 },
  64: {
    one: 0x3ff0000000000000n,
    rootHalf: 0x3fe6a09e00000000n,
    mantissa: 0x000fffffffffffffn,
    places: 52,
    normal: 2 ** -1022,
    lift: 54,
  },
} as const

/** A whole number in bits as a float: put into the low bits of 1.5 · 2^mantissa, which is then taken off again. */
const wholeToFloat = (float: FloatLanes, whole: Term): Term =>
  float.width === 32
    ? float.sub(float.fromBits(float.bitsAdd(whole, float.bits(0x4b400000))), float.constant(1.5 * 2 ** 23))
    : float.sub(float.fromBits(float.bitsAdd(whole, float.bits(0x4338000000000000n))), float.constant(1.5 * 2 ** 52))

/** x = 2^k (1 + f) with √½ ≤ 1 + f < √2, for positive normal x. */
export interface Mantissa {
  readonly fraction: Term
  readonly exponent: Term
}

/**
 * Takes a positive normal number apart.
 *
 * @param float - the arithmetic
 * @param x - the number; emitted once
 * @returns f and k, which may be emitted often
 */
export const splitMantissa = (float: FloatLanes, x: Term): Mantissa => {
  const { one, rootHalf, mantissa, places } = format[float.width]
  const shifted = float.keepBits(float.bitsAdd(float.toBits(x), float.bits(BigInt(one) - BigInt(rootHalf))))
  const exponent = float.bitsSub(float.shiftRight(shifted, places), float.bits(BigInt(one) >> BigInt(places)))
  const reduced = float.fromBits(float.bitsAdd(float.bitsAnd(shifted, float.bits(mantissa)), float.bits(rootHalf)))
  return {
    fraction: float.keep(float.sub(reduced, float.constant(1))),
    exponent: float.keep(wholeToFloat(float, exponent)),
  }
}

/**
 * log(2^k (1 + f)) + correction, with s = f / (2 + f):
 * k ln 2 + f − (f²/2 − (s (f²/2 + R(s²)) + correction)), as in fdlibm.
 *
 * @param float - the arithmetic
 * @param mantissa - f and k
 * @param correction - a small number to add
 * @returns the logarithm
 */
export const logOfMantissa = (float: FloatLanes, { fraction, exponent }: Mantissa, correction?: Term): Term => {
  const s = float.keep(float.div(fraction, float.add(fraction, float.constant(2))))
  const square = float.keep(float.mul(s, s))
  const half = float.keep(float.mul(float.mul(fraction, fraction), float.constant(0.5)))
  const rest = float.madd(polynomial(float, square, series[float.width]), square, half)
  const [high, low] = logTwo[float.width].map((part) => float.constant(part))
  if (high === undefined || low === undefined) throw new Error('ln 2 has two parts.')
  const small = float.mul(exponent, low)
  const tail = float.madd(s, rest, correction === undefined ? small : float.add(small, correction))
  return float.madd(exponent, high, float.add(float.sub(tail, half), fraction))
}

/** The logarithm of any number: subnormal ones are lifted, poles and NaN put in. */
const anyLog = (float: FloatLanes, x: Term): Term => {
  const { normal, lift } = format[float.width]
  const isSubnormal = float.keepMask(float.less(x, float.constant(normal)))
  const lifted = float.select(isSubnormal, float.mul(x, float.constant(2 ** lift)), x)
  const { fraction, exponent } = splitMantissa(float, lifted)
  const lowered = float.keep(float.sub(exponent, float.select(isSubnormal, float.constant(lift), float.constant(0))))
  const result = logOfMantissa(float, { fraction, exponent: lowered })
  return withLogPoles(float, x, float.constant(0), result)
}

/**
 * Natural logarithm: −∞ at 0, NaN below. Largest errors: float32 1 ulp, float64 1 ulp, subnormal numbers included. Vectors
 * whose lanes are all positive normal numbers take a shorter way to the same bits.
 *
 * @param float - the arithmetic
 * @param x - the number; emitted once
 * @returns its logarithm
 */
export const log = (float: FloatLanes, x: Term): Term => {
  const given = float.keep(x)
  if (!float.isVector) return anyLog(float, given)
  const { builder } = float
  const result = builder.local('v128')
  const either = (way: (float: FloatLanes, x: Term) => Term) => (): void => {
    builder.scope(() => {
      way(float, given)()
      local.set(result)
    })
  }
  const isNormal = float.lessEqual(float.constant(format[float.width].normal), given)
  float.all(float.maskAnd(isNormal, float.less(given, float.constant(Infinity))))()
  branch(
    either(() => logOfMantissa(float, splitMantissa(float, given))),
    either(anyLog),
  )
  return readLocal(result)
}

/**
 * Puts in what a logarithm is at and below its pole, at infinity and at NaN.
 *
 * @param float - the arithmetic
 * @param x - the argument; emitted often
 * @param pole - where the logarithm is −∞
 * @param result - the logarithm elsewhere
 * @returns the logarithm everywhere
 */
export const withLogPoles = (float: FloatLanes, x: Term, pole: Term, result: Term): Term => {
  const infinity = float.constant(Infinity)
  const finite = float.select(float.less(x, infinity), result, x)
  const belowPole = float.select(float.equal(x, pole), float.constant(-Infinity), float.constant(NaN))
  return float.select(float.lessEqual(x, pole), belowPole, finite)
}
