import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'

/**
 * A polynomial by Horner's rule.
 *
 * @param float - the arithmetic
 * @param x - the variable; emitted once for each coefficient but one
 * @param coefficients - of x⁰, x¹, …
 * @returns the value
 */
export const polynomial = (float: FloatLanes, x: Term, coefficients: readonly number[]): Term => {
  const terms = coefficients.map((coefficient) => float.constant(coefficient))
  const highest = terms.pop() ?? float.constant(0)
  return terms.reduceRight((value, term) => float.madd(value, x, term), highest)
}
