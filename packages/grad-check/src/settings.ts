import { ArgumentError, type DType, DTypeError } from '@chainrule/tensor'

/** Options of `gradCheck`. */
export interface GradCheckOptions {
  /** First step of the central differences, in units of max(1, |x|). Default 1e-3; 2^-5 for float32. */
  readonly eps?: number
  /** Relative tolerance. Default 1e-6; 1e-2 for float32. */
  readonly rtol?: number
  /** Absolute tolerance. Default 1e-8; 1e-3 for float32. */
  readonly atol?: number
  /**
   * `'full'`: every partial derivative. `'directional'`: along random directions, for functions of many elements.
   * Default `'full'`.
   */
  readonly mode?: 'full' | 'directional'
  /** Highest order of derivatives: 2 checks the gradient of the gradient, too. Default 1. */
  readonly order?: 1 | 2
  /** How many random directions. Default 4. */
  readonly directions?: number
  /** Seed of the directions. Default 0. */
  readonly seed?: number
  /** Name of the function in the report. Default its own. */
  readonly name?: string
}

/** Options of `gradCheck`, all set, and what follows from the dtypes. */
export interface Settings extends Required<GradCheckOptions> {
  /** The least precise dtype of inputs and results. */
  readonly dtype: 'float32' | 'float64'
  /** Its unit roundoff. */
  readonly roundoff: number
}

const defaults = {
  // Extrapolation leaves an error of order h⁶ and roundoff of about 1e-16 / (h / 4): 1e-12 for numbers of about 1.
  float64: { eps: 1e-3, rtol: 1e-6, atol: 1e-8, roundoff: 2 ** -53 },
  // Here roundoff is 6e-8 / (2^-5 / 4) = 1e-5 for one rounding, and functions round many times.
  float32: { eps: 2 ** -5, rtol: 1e-2, atol: 1e-3, roundoff: 2 ** -24 },
} as const

const check = (name: string, value: unknown, fits: boolean, expected: string): void => {
  if (!fits) throw new ArgumentError(`gradCheck: got ${name} ${String(value)}, expected ${expected}.`)
}

/**
 * Fills options in.
 *
 * @param options - as given
 * @param name - name of the function, unless given
 * @param dtypes - of inputs and results
 * @returns the settings
 * @throws ArgumentError for options out of their domain, DTypeError for dtypes that cannot be checked
 */
export const settle = (options: GradCheckOptions, name: string, dtypes: readonly DType[]): Settings => {
  if (dtypes.includes('float16')) {
    throw new DTypeError(
      "gradCheck: got float16, which is too coarse for differences, expected float64 (or float32, loosely). Convert with .to('float64').",
    )
  }
  const dtype = dtypes.includes('float32') ? 'float32' : 'float64'
  const settings: Settings = {
    ...defaults[dtype],
    mode: 'full',
    order: 1,
    directions: 4,
    seed: 0,
    name,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    dtype,
  }
  const { eps, rtol, atol, mode, order, directions, seed } = settings
  check('eps', eps, eps > 0 && eps < Infinity, 'a finite number above 0')
  check('rtol', rtol, rtol >= 0 && rtol < Infinity, 'a finite number of at least 0')
  check('atol', atol, atol >= 0 && atol < Infinity, 'a finite number of at least 0')
  check('mode', mode, mode === 'full' || mode === 'directional', "'full' or 'directional'")
  check('order', order, order === 1 || order === 2, '1 or 2')
  check('directions', directions, Number.isSafeInteger(directions) && directions > 0, 'a whole number of at least 1')
  check('seed', seed, Number.isSafeInteger(seed) && seed >= 0 && seed < 2 ** 32, 'a whole number below 2^32')
  return settings
}
