import { ArgumentError } from '@chainrule/tensor'
import { checkSeed } from '../check-options.js'
import { permutation } from '../random/permutation.js'
import { RandomSource } from '../random/random-source.js'

/** How to divide samples into a training and a test part. */
export interface SplitOptions {
  /** Share of the samples that go to the test part, above 0 and below 1. */
  readonly testFraction: number
  /** The same seed gives the same parts; 0 by default. */
  readonly seed?: number
}

/** Indices of the samples in each part. */
export interface SplitIndices {
  readonly train: Uint32Array
  readonly test: Uint32Array
}

/**
 * Divides 0 … length − 1 at random.
 *
 * @param length - number of samples, at least 2
 * @param options - share of the test part (rounded, and at least one sample on either side) and seed
 * @param operation - who asks, for messages
 * @returns the parts, each in random order
 */
export const splitIndices = (
  length: number,
  { testFraction, seed = 0 }: SplitOptions,
  operation: string,
): SplitIndices => {
  checkSeed(seed, operation)
  if (!(testFraction > 0 && testFraction < 1) || length < 2) {
    throw new ArgumentError(
      `${operation}: got testFraction ${testFraction} of ${length} samples, expected a fraction above 0 and below 1 of at least 2. ` +
        'Give for example 0.2.',
    )
  }
  const order = permutation(length, new RandomSource(seed, 'split'))
  const tests = Math.min(Math.max(Math.round(testFraction * length), 1), length - 1)
  return { train: order.slice(tests), test: order.slice(0, tests) }
}
