import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'

/** |x| up to which the three-part reduction is exact enough: the multiple of π/2 stays below 2^20. */
export const moderateAngle = 1647099

/** π/2 in three parts of 33 bits, and the rest (fdlibm's e_rem_pio2.c, Sun Microsystems, 1993). */
const [first, second, third, rest] = [
  1.57079632673412561417, 6.0771005063039659766e-11, 2.0222662487111664558e-21, 8.47842766036889956997e-32,
] as const
/** What the first part leaves. */
const afterFirst = 6.07710050650619224932e-11

/** x = n π/2 + (high + low), |high| ≤ π/4. */
export interface ReducedAngle {
  readonly high: Term
  readonly low: Term
  /** Bits whose low part is n in two's complement. */
  readonly quadrant: Term
}

const nearestQuarter = (float: FloatLanes, x: Term): { readonly count: Term; readonly quadrant: Term } => {
  const magic = float.constant(1.5 * 2 ** 52)
  const shifted = float.keep(float.madd(x, float.constant(2 / Math.PI), magic))
  return { count: float.keep(float.sub(shifted, magic)), quadrant: float.toBits(shifted) }
}

/** x − y rounded, and what the rounding lost (Knuth's two-sum). */
const subtractExactly = (float: FloatLanes, x: Term, y: Term): { readonly difference: Term; readonly lost: Term } => {
  const difference = float.keep(float.sub(x, y))
  const back = float.keep(float.sub(difference, x))
  return {
    difference,
    lost: float.keep(float.sub(float.sub(x, float.sub(difference, back)), float.add(y, back))),
  }
}

/**
 * Takes multiples of π/2 off, in float64, for |x| ≤ 1647099 (Cody and Waite's reduction in three steps, each exact).
 *
 * @param float - float64 arithmetic
 * @param x - the angle; emitted often
 * @returns the remainder in two parts, and the multiple
 */
export const reduceAngle = (float: FloatLanes, x: Term): ReducedAngle => {
  const { count, quadrant } = nearestQuarter(float, x)
  const multiple = (part: number): Term => float.mul(count, float.constant(part))
  const once = float.keep(float.sub(x, multiple(first)))
  const twice = subtractExactly(float, once, float.keep(multiple(second)))
  const thrice = subtractExactly(float, twice.difference, float.keep(multiple(third)))
  const lost = float.keep(float.sub(float.add(twice.lost, thrice.lost), multiple(rest)))
  const high = float.keep(float.add(thrice.difference, lost))
  return { high, low: float.keep(float.add(float.sub(thrice.difference, high), lost)), quadrant }
}

/**
 * The same in one float64, good for float32 angles: those come no nearer to a multiple of π/2 than 2^−29 or so.
 *
 * @param float - float64 arithmetic
 * @param x - the angle; emitted twice
 * @returns the remainder and the multiple
 */
export const reduceFloat32Angle = (float: FloatLanes, x: Term): Omit<ReducedAngle, 'low'> => {
  const { count, quadrant } = nearestQuarter(float, x)
  const coarse = float.nmadd(count, float.constant(first), x)
  return { high: float.keep(float.nmadd(count, float.constant(afterFirst), coarse)), quadrant }
}
