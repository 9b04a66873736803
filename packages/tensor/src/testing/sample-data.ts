import { sizeOf } from '../shape.js'
import type { InputView, SampleInput } from './sample-input.js'

/** Where the numbers of an input lie. */
export interface SpreadOptions {
  /** Least. Default −2. */
  readonly low?: number
  /** Greatest. Default 2. */
  readonly high?: number
  /** Different seeds give different orders. Default 1. */
  readonly seed?: number
  /** Kinks of the op: numbers come no closer to them than `margin`. */
  readonly avoid?: readonly number[]
  /** Default 0.05. */
  readonly margin?: number
}

const goldenRatio = (Math.sqrt(5) - 1) / 2

const away = (value: number, kinks: readonly number[], margin: number): number =>
  kinks.reduce(
    (moved, kink) => (Math.abs(moved - kink) < margin ? moved + (moved < kink ? -margin : margin) : moved),
    value,
  )

/**
 * Numbers spread evenly over an interval in a scattered order: low + (high − low) · frac(seed √2 + i φ), a Weyl sequence,
 * whose numbers are about as far apart as they can be. Rounded to float32, so that both float dtypes see the same.
 *
 * @param length - how many
 * @param options - interval, order, kinks
 * @returns the numbers
 */
export const spread = (
  length: number,
  { low = -2, high = 2, seed = 1, avoid = [], margin = 0.05 }: SpreadOptions = {},
): number[] =>
  Array.from({ length }, (_, place) => {
    const turn = (seed * Math.SQRT2 + place * goldenRatio) % 1
    return Math.fround(away(low + (high - low) * turn, avoid, margin))
  })

/** A float32 input of numbers spread over an interval. */
export const real = (
  shape: readonly number[],
  options: SpreadOptions & { readonly view?: InputView } = {},
): SampleInput => withView({ data: spread(sizeOf(shape), options), shape, dtype: 'float32' }, options.view)

/** An int32 input, low ≤ x ≤ high. */
export const whole = (
  shape: readonly number[],
  { low = -5, high = 5, seed = 1, view }: Omit<SpreadOptions, 'avoid' | 'margin'> & { readonly view?: InputView } = {},
): SampleInput => {
  const data = spread(sizeOf(shape), { low, high: high + 1, seed }).map((x) => Math.min(high, Math.floor(x)))
  return withView({ data, shape, dtype: 'int32' }, view)
}

/** A bool input, about half of it true. */
export const truth = (
  shape: readonly number[],
  { seed = 1, view }: { readonly seed?: number; readonly view?: InputView } = {},
): SampleInput =>
  withView({ data: spread(sizeOf(shape), { seed }).map((x) => (x < 0 ? 1 : 0)), shape, dtype: 'bool' }, view)

/** A float32 input of given numbers, rounded to it; one axis unless a shape is given. */
export const given = (data: readonly number[], shape: readonly number[] = [data.length]): SampleInput => ({
  data: data.map(Math.fround),
  shape,
  dtype: 'float32',
})

/** An int32 input of given numbers; one axis unless a shape is given. */
export const givenWhole = (data: readonly number[], shape: readonly number[] = [data.length]): SampleInput => ({
  data,
  shape,
  dtype: 'int32',
})

/** A bool input of given bits; one axis unless a shape is given. */
export const givenTruth = (data: readonly number[], shape: readonly number[] = [data.length]): SampleInput => ({
  data,
  shape,
  dtype: 'bool',
})

/** A float32 input whose slices along the first axis are all equal, stored once. */
export const repeated = (times: number, shape: readonly number[], options: SpreadOptions = {}): SampleInput => {
  const once = spread(sizeOf(shape), options)
  const data = Array.from({ length: times }, () => once).flat()
  return { data, shape: [times, ...shape], dtype: 'float32', view: 'repeated' }
}

/** The same input, lying otherwise in memory. */
export const withView = (input: SampleInput, view: InputView | undefined): SampleInput =>
  view === undefined ? input : { ...input, view }
