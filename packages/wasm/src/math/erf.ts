import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { copySign } from './copy-sign.js'
import { exp, splitExponential } from './exp.js'
import { polynomial } from './polynomial.js'
import { normalPowerOfTwo } from './split-by-log-two.js'

/** −log(1 − erf(x)) / x − 1 in x, 0 ≤ x ≤ 4; relative error of erf below 2^−27 (minimax, rounded to float32). */
const exponent32 = [
  0.12837916612625122, 0.6366193890571594, 0.10277783125638962, -0.019153062254190445, -0.00016039752517826855,
  0.0016670288750901818, -0.0006328375893644989, 0.000117641466204077, -9.25628592085559e-6,
]

/** 1 − e^(−x − x P(x)): one polynomial near 0 and far from it, as e^y − 1 does not cancel; 1 from x = 4 on. */
const erf32 = (float: FloatLanes, x: Term): Term => {
  const size = float.keep(float.clampAbove(float.abs(x), float.constant(4)))
  // Even and odd powers apart: half the chain of additions that wait for each other.
  const square = float.keep(float.mul(size, size))
  const even = polynomial(
    float,
    square,
    exponent32.filter((_, k) => k % 2 === 0),
  )
  const odd = polynomial(
    float,
    square,
    exponent32.filter((_, k) => k % 2 === 1),
  )
  const exponent = float.keep(float.nmadd(float.madd(odd, size, even), size, float.neg(size)))
  const { fraction, exponent: power } = splitExponential(float, exponent)
  const scale = float.keep(normalPowerOfTwo(float, power))
  return copySign(float, float.nmadd(fraction, scale, float.sub(float.constant(1), scale)), x)
}

/** Cody's rational approximations (Math. Comp. 23, 1969): erf(x) / x in x², and e^(x²) (1 − erf(x)) in x and in 1/x². */
const small64 = {
  numerator: [3209.3775891384694, 377.485237685302, 113.86415415105016, 3.1611237438705655, 0.18577770618460315],
  denominator: [2844.236833439171, 1282.6165260773723, 244.02463793444417, 23.601290952344122, 1],
}
const middle64 = {
  numerator: [
    1230.3393547979972, 2051.0783778260716, 1712.0476126340707, 881.952221241769, 298.6351381974001, 66.11919063714163,
    8.883149794388377, 0.5641884969886701, 2.1531153547440383e-8,
  ],
  denominator: [
    1230.3393548037495, 3439.3676741437216, 4362.619090143247, 3290.7992357334597, 1621.3895745666903,
    537.1811018620099, 117.6939508913125, 15.744926110709835, 1,
  ],
}
const large64 = {
  numerator: [
    0.0006587491615298378, 0.016083785148742275, 0.12578172611122926, 0.36034489994980445, 0.30532663496123236,
    0.016315387137302097,
  ],
  denominator: [
    0.0023352049762686918, 0.06051834131244132, 0.5279051029514285, 1.8729528499234604, 2.568520192289822, 1,
  ],
}

type Rational = typeof small64

const rational = (float: FloatLanes, x: Term, { numerator, denominator }: Rational): Term =>
  float.div(polynomial(float, x, numerator), polynomial(float, x, denominator))

const erf64 = (float: FloatLanes, x: Term): Term => {
  const one = float.constant(1)
  const size = float.keep(float.clampAbove(float.abs(x), float.constant(6)))
  const square = float.keep(float.mul(size, size))
  const near = float.keep(float.mul(size, rational(float, square, small64)))
  const decay = float.keep(exp(float, float.neg(square)))
  const middle = float.keep(rational(float, size, middle64))
  // Away from 0, where this branch is not taken and the quotient would be infinite.
  const inverse = float.keep(float.div(one, float.clampBelow(square, one)))
  const tail = float.mul(inverse, rational(float, inverse, large64))
  const far = float.div(float.sub(float.constant(1 / Math.sqrt(Math.PI)), tail), float.clampBelow(size, one))
  const complement = float.mul(decay, float.select(float.less(float.constant(4), size), far, middle))
  const result = float.select(float.less(float.constant(0.46875), size), float.sub(one, complement), near)
  return copySign(float, result, x)
}

/**
 * The error function 2/√π ∫₀ˣ e^(−t²) dt. Largest errors: float32 2 ulp, float64 3 ulp.
 *
 * @param float - the arithmetic
 * @param x - the number; emitted once
 * @returns its error function
 */
export const erf = (float: FloatLanes, x: Term): Term => {
  const given = float.keep(x)
  return float.width === 32 ? erf32(float, given) : erf64(float, given)
}
