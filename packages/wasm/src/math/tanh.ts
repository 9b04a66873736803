import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { copySign } from './copy-sign.js'
import { splitExponential } from './exp.js'
import { moderateExpm1 } from './expm1.js'
import { polynomial } from './polynomial.js'
import { normalPowerOfTwo } from './split-by-log-two.js'

/** Where 1 − 2 / (e^(2x) + 1) takes over: tanh is ½ there, so the difference cancels nothing. */
const halfway = 0.5493

/** (tanh(x) / x − 1) / x² in x² up to there; minimax, relative error of the tangent below 2^−29. */
const series = [
  -0.33333316445350647, 0.13332544267177582, -0.0538475476205349, 0.02105071395635605, -0.0062428489327430725,
]

/** x + x³ P(x²) up to ½, 1 − 2 / (e^(2x) + 1) beyond. */
const tanh32 = (float: FloatLanes, size: Term): Term => {
  const one = float.constant(1)
  const square = float.keep(float.mul(size, size))
  const near = float.keep(float.madd(polynomial(float, square, series), float.mul(square, size), size))
  const { fraction, exponent } = splitExponential(float, float.keep(float.add(size, size)))
  const scale = float.keep(normalPowerOfTwo(float, exponent))
  const quotient = float.div(float.constant(2), float.madd(fraction, scale, float.add(scale, one)))
  return float.select(float.less(float.constant(halfway), size), float.sub(one, quotient), near)
}

/** With t = e^(2x) − 1: t / (t + 2) up to ½, 1 − 2 / (t + 2) beyond, both from one division. */
const tanh64 = (float: FloatLanes, size: Term): Term => {
  const two = float.constant(2)
  const t = float.keep(moderateExpm1(float, float.keep(float.add(size, size))))
  const isLarge = float.keepMask(float.less(float.constant(halfway), size))
  const quotient = float.keep(float.div(float.select(isLarge, two, t), float.add(t, two)))
  return float.select(isLarge, float.sub(float.constant(1), quotient), quotient)
}

/**
 * Hyperbolic tangent. Largest errors: float32 2 ulp, float64 3 ulp.
 *
 * @param float - the arithmetic
 * @param x - the number; emitted once
 * @returns its hyperbolic tangent
 */
export const tanh = (float: FloatLanes, x: Term): Term => {
  const isNarrow = float.width === 32
  const given = float.keep(x)
  // tanh is 1 in float32 from 9.02 on, in float64 from 19.1 on.
  const size = float.keep(float.clampAbove(float.abs(given), float.constant(isNarrow ? 9.5 : 20)))
  return copySign(float, isNarrow ? tanh32(float, size) : tanh64(float, size), given)
}
