import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { moderateExpm1 } from './expm1.js'
import { copySign } from './copy-sign.js'

/**
 * Hyperbolic tangent. With t = e^(2|x|) − 1 it is ± t / (t + 2), and ± (1 − 2 / (t + 2)) for larger |x|, both from one
 * division. Largest errors: float32 2 ulp, float64 3 ulp.
 *
 * @param float - the arithmetic
 * @param x - the number; emitted once
 * @returns its hyperbolic tangent
 */
export const tanh = (float: FloatLanes, x: Term): Term => {
  const two = float.constant(2)
  const given = float.keep(x)
  // tanh is 1 in float32 from 9.02 on, in float64 from 19.1 on.
  const limit = float.constant(float.width === 32 ? 9.5 : 20)
  const size = float.keep(float.clampAbove(float.abs(given), limit))
  const doubled = float.keep(float.add(size, size))
  const t = float.keep(moderateExpm1(float, doubled))
  const isLarge = float.keepMask(float.less(float.constant(0.5493), size))
  const quotient = float.keep(float.div(float.select(isLarge, two, t), float.add(t, two)))
  return copySign(float, float.select(isLarge, float.sub(float.constant(1), quotient), quotient), given)
}
