/** A derivative from values of a function alone, element by element of its results. */
export interface NumericDerivative {
  /** The estimate. */
  readonly value: Float64Array
  /** How far the estimate may be off, judged by the estimates of the levels. */
  readonly error: Float64Array
  /** Whether the slopes from the left and from the right stay apart as the step shrinks. */
  readonly kink: readonly boolean[]
}

/** Options of `numericDerivative`. */
export interface NumericDerivativeOptions {
  /** The first step. */
  readonly step: number
  /** Unit roundoff of the function's results. */
  readonly roundoff: number
  /** The error that will do, given an estimate. */
  readonly tolerance: (value: number) => number
}

/** How often the step is reduced, by how much, while the error is too large. */
const attempts = 3
const reduction = 8

/** Halvings of the step within an attempt. */
const halvings = 2

interface Attempt {
  readonly value: Float64Array
  readonly error: Float64Array
  readonly kink: boolean[]
}

/** An extrapolation to step 0 of differences at h, h/2 and h/4, and about how far it is off. */
interface Extrapolation {
  readonly value: number
  readonly error: number
}

/** Removes errors of order h² and h⁴: what central differences of smooth functions have. */
const evenPowers = (d0: number, d1: number, d2: number): Extrapolation => {
  const [coarse, fine] = [(4 * d1 - d0) / 3, (4 * d2 - d1) / 3]
  const value = (16 * fine - coarse) / 15
  return { value, error: Math.abs(value - fine) }
}

/** Removes errors of order h and h²: what they have where the second derivative jumps, as at the joints of Huber's loss. */
const allPowers = (d0: number, d1: number, d2: number): Extrapolation => {
  const [coarse, fine] = [2 * d1 - d0, 2 * d2 - d1]
  const value = (4 * fine - coarse) / 3
  return { value, error: Math.abs(value - fine) }
}

/** Whether a gap between slopes from the left and from the right stays as the step is halved, rather than be halved too. */
const stays = (coarse: number, fine: number): boolean => fine > 0.7 * coarse && fine < 1.4 * coarse

/** Central differences D(h) = (f(h) − f(−h)) / 2h at h, h/2 and h/4, extrapolated to h = 0 (Richardson, 1911). */
const attempt = async (
  f: (t: number) => Promise<Float64Array>,
  center: Float64Array,
  step: number,
  roundoff: number,
): Promise<Attempt> => {
  const pairs: (readonly [Float64Array, Float64Array, number])[] = []
  for (let level = 0; level <= halvings; level++) {
    const h = step / 2 ** level
    pairs.push([await f(h), await f(-h), h])
  }
  const result: Attempt = {
    value: new Float64Array(center.length),
    error: new Float64Array(center.length),
    kink: [],
  }
  center.forEach((middle, place) => {
    const [d0 = 0, d1 = 0, d2 = 0] = pairs.map(([up, down, h]) => ((up[place] ?? 0) - (down[place] ?? 0)) / (2 * h))
    const [smooth, rough] = [evenPowers(d0, d1, d2), allPowers(d0, d1, d2)]
    const { value, error } = rough.error < smooth.error ? rough : smooth
    const noise = (4 * roundoff * Math.abs(middle) * 2 ** halvings) / step
    result.value[place] = value
    result.error[place] = Number.isFinite(value) ? error + noise : Infinity
    // |slope from the right − slope from the left|
    const [g0 = 0, g1 = 0, g2 = 0] = pairs.map(
      ([up, down, h]) => Math.abs((up[place] ?? 0) - 2 * middle + (down[place] ?? 0)) / h,
    )
    const isLarge = g2 > 1e-3 * Math.abs(value) + 16 * noise
    result.kink.push(isLarge && stays(g0, g1) && stays(g1, g2))
  })
  return result
}

/**
 * The derivative of t ↦ f(t) at 0 by extrapolated central differences, each element with the step that serves it best.
 *
 * @param f - the function, to a row of numbers
 * @param center - f(0)
 * @param options - first step, roundoff, tolerance
 * @returns estimates, errors, kinks
 */
export const numericDerivative = async (
  f: (t: number) => Promise<Float64Array>,
  center: Float64Array,
  { step, roundoff, tolerance }: NumericDerivativeOptions,
): Promise<NumericDerivative> => {
  const best = await attempt(f, center, step, roundoff)
  const isPoor = (place: number): boolean => !((best.error[place] ?? 0) <= tolerance(best.value[place] ?? 0))
  for (let count = 1; count < attempts && best.value.some((_, place) => isPoor(place)); count++) {
    const next = await attempt(f, center, step / reduction ** count, roundoff)
    next.error.forEach((error, place) => {
      if (!(error < (best.error[place] ?? 0))) return
      best.error[place] = error
      best.value[place] = next.value[place] ?? 0
      best.kink[place] = next.kink[place] ?? false
    })
  }
  return best
}
