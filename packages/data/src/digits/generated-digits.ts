import { type Tensor, tensor } from '@chainrule/tensor'
import { checkCount, checkSeed } from '../check-options.js'
import { permutation } from '../random/permutation.js'
import { RandomSource } from '../random/random-source.js'
import { DIGIT_SIDE, writeDigit } from './write-digit.js'

/** Options of {@link generatedDigits}. */
export interface GeneratedDigitsOptions {
  /** Number of samples. */
  readonly count: number
  /** Which set; 0 by default. */
  readonly seed?: number
  /** Index of the first sample in the set; 0 by default. A test set starts where the training set ends, or has its own seed. */
  readonly start?: number
}

/** Written digits. */
export interface GeneratedDigits {
  /** Float32 in 0…1 (0 paper, 1 ink), shape [count, 1, 28, 28]. */
  readonly images: Tensor
  /** Int32 digits, shape [count]. */
  readonly labels: Tensor
}

const DIGITS = 10

/**
 * Handwritten digits like those of MNIST, without a download: pen strokes of several ways to write each digit, bent, slanted,
 * rotated, scaled and shifted at random, drawn with pens of different width, with noise. Sample i is a function of seed and i
 * alone, so a set has no end and any part of it can be made by itself. Each run of ten samples from a multiple of ten on has
 * every digit once, in random order.
 *
 * The shift by up to three pixels keeps softmax regression below 93 % on new samples; a hidden layer of 128 units learns
 * more than 97 % from 20,000 samples.
 *
 * @param options - count, seed, first index
 * @returns images (float32 in 0…1, [count, 1, 28, 28]) and labels (int32, [count])
 * @throws ArgumentError when count, seed or start are out of range
 *
 * @example
 * ```ts
 * import { generatedDigits } from '@chainrule/data'
 * const train = generatedDigits({ count: 100, seed: 1 })
 * const test = generatedDigits({ count: 20, seed: 1, start: 100 })
 * console.log(train.images.shape, test.labels.shape) // [100, 1, 28, 28] [20]
 * ```
 */
export const generatedDigits = ({ count, seed = 0, start = 0 }: GeneratedDigitsOptions): GeneratedDigits => {
  checkCount(count, 'count', 1, 'generatedDigits')
  checkCount(start, 'start', 0, 'generatedDigits')
  checkSeed(seed, 'generatedDigits')
  const images = new Float32Array(count * DIGIT_SIDE * DIGIT_SIDE)
  const labels = new Int32Array(count)
  let order: Uint32Array | undefined
  for (let sample = 0; sample < count; sample++) {
    const index = start + sample
    const turn = index % DIGITS
    if (order === undefined || turn === 0) {
      order = permutation(DIGITS, new RandomSource(seed, 'digitOrder', Math.floor(index / DIGITS)))
    }
    const digit = order[turn] ?? 0
    labels[sample] = digit
    writeDigit(images, sample * DIGIT_SIDE * DIGIT_SIDE, digit, seed, index)
  }
  return { images: tensor(images, { shape: [count, 1, DIGIT_SIDE, DIGIT_SIDE] }), labels: tensor(labels) }
}
