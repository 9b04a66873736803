import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { exp } from './exp.js'

/**
 * Logistic function 1 / (1 + e^−x), with the exponential always of −|x| so that it cannot overflow: 1 / (1 + e) for
 * positive x, e / (1 + e) for negative. Largest errors: float32 2 ulp, float64 2 ulp.
 *
 * @param float - the arithmetic
 * @param x - the number; emitted once
 * @returns its logistic function
 */
export const sigmoid = (float: FloatLanes, x: Term): Term => {
  const one = float.constant(1)
  const given = float.keep(x)
  const e = float.keep(exp(float, float.neg(float.abs(given)), true))
  const numerator = float.select(float.less(given, float.constant(0)), e, one)
  return float.div(numerator, float.add(e, one))
}
