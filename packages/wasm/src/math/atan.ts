import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { signBit } from './copy-sign.js'
import { polynomial } from './polynomial.js'

/** (atan(t) / t − 1) / t² in t²: minimax on |t| ≤ tan(π/8); and from fdlibm's s_atan.c on |t| ≤ 7/16. */
const series = {
  32: [-0.33333316445350647, 0.19998525083065033, -0.1424429714679718, 0.10598265379667282, -0.0608733706176281],
  64: [
    -3.33333333333329318027e-1, 1.99999999998764832476e-1, -1.42857142725034663711e-1, 1.1111110405462355788e-1,
    -9.09088713343650656196e-2, 7.69187620504482999495e-2, -6.66107313738753120669e-2, 5.83357013379057348645e-2,
    -4.97687799461593236017e-2, 3.6531572744216915527e-2, -1.62858201153657823623e-2,
  ],
} as const

/** Up to where each branch holds, the point c whose arctangent it adds, and atan(c) in two parts. */
const branches = {
  32: [
    { upTo: 0.41421356, point: 0, angle: [0, 0] },
    { upTo: 2.4142135, point: 1, angle: [0.7853981852531433, -2.1855694143368964e-8] },
    { upTo: Infinity, point: Infinity, angle: [1.5707963705062866, -4.371138828673793e-8] },
  ],
  64: [
    { upTo: 0.4375, point: 0, angle: [0, 0] },
    { upTo: 0.6875, point: 0.5, angle: [4.63647609000806093515e-1, 2.26987774529616870924e-17] },
    { upTo: 1.1875, point: 1, angle: [7.85398163397448278999e-1, 3.06161699786838301793e-17] },
    { upTo: 2.4375, point: 1.5, angle: [9.82793723247329054082e-1, 1.39033110312309984516e-17] },
    { upTo: Infinity, point: Infinity, angle: [1.570796326794896558, 6.12323399573676603587e-17] },
  ],
} as const

/**
 * Arctangent: atan(|x|) = atan(c) + atan(t) with t = (|x| − c) / (1 + c |x|), the point c chosen by |x| from a few so that
 * t is small. Largest errors: float32 2 ulp, float64 2 ulp.
 *
 * @param float - the arithmetic
 * @param x - the number; emitted once
 * @returns its arctangent, within ±π/2
 */
export const atan = (float: FloatLanes, x: Term): Term => {
  const given = float.keep(x)
  const size = float.keep(float.abs(given))
  const one = float.constant(1)
  const zero = float.constant(0)
  let numerator = size
  let denominator = one
  let high = zero
  let low = zero
  let upTo = 0
  for (const { point, angle, upTo: limit } of branches[float.width]) {
    if (point > 0) {
      const isBeyond = float.keepMask(float.less(float.constant(upTo), size))
      // (x − c) / (1 + c x), multiplied by 2 for c = ½ and 3/2 so that products stay exact; −1 / x for c = ∞.
      const factor = point === 0.5 ? 2 : 1
      const isInfinite = point === Infinity
      const above = isInfinite
        ? float.constant(-1)
        : float.sub(factor === 1 ? size : float.add(size, size), float.constant(point * factor))
      const below = isInfinite ? size : float.madd(size, float.constant(point * factor), float.constant(factor))
      numerator = float.keep(float.select(isBeyond, above, numerator))
      denominator = float.keep(float.select(isBeyond, below, denominator))
      high = float.keep(float.select(isBeyond, float.constant(angle[0]), high))
      low = float.keep(float.select(isBeyond, float.constant(angle[1]), low))
    }
    upTo = limit
  }
  const t = float.keep(float.div(numerator, denominator))
  const square = float.keep(float.mul(t, t))
  const cubic = float.mul(polynomial(float, square, series[float.width]), float.mul(square, t))
  const result = float.add(high, float.add(t, float.add(cubic, low)))
  return float.fromBits(float.bitsXor(float.toBits(result), signBit(float, given)))
}
