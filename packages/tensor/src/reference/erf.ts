/** Evaluates a polynomial by Horner's rule, highest coefficient first. */
const polynomial = (coefficients: readonly number[], x: number): number => {
  let value = 0
  for (const coefficient of coefficients) value = value * x + coefficient
  return value
}

const smallNumerator = [
  1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3,
]
const smallDenominator = [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3]

const middleNumerator = [
  2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
  8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
]
const middleDenominator = [
  1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
  4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
]

const largeNumerator = [
  1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
  1.60837851487422766e-2, 6.58749161529837803e-4,
]
const largeDenominator = [
  1, 2.56852019228982242, 1.87295284992346047, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3,
]

/** The complement 1 − erf(x) for x ≥ 0.46875. */
const complement = (x: number): number => {
  if (x <= 4) return Math.exp(-x * x) * (polynomial(middleNumerator, x) / polynomial(middleDenominator, x))
  const inverseSquare = 1 / (x * x)
  const tail = (inverseSquare * polynomial(largeNumerator, inverseSquare)) / polynomial(largeDenominator, inverseSquare)
  return (Math.exp(-x * x) / x) * (1 / Math.sqrt(Math.PI) - tail)
}

/**
 * The error function, 2/√π ∫₀ˣ e^(−t²) dt, to about one unit in the last place of float64.
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
