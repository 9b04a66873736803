import { type Tensor, tensor } from '@chainrule/tensor'
import { checkCount, checkSeed } from '../check-options.js'
import { RandomSource } from '../random/random-source.js'
import { checkNoise } from './check-noise.js'

/** Points of the plane and their classes. */
export interface LabelledPoints {
  /** Float32, shape [samples, 2]. */
  readonly points: Tensor
  /** Int32, shape [samples]. */
  readonly labels: Tensor
}

/** Options of {@link twoMoons}. */
export interface TwoMoonsOptions {
  /** Number of points; 1000 by default. */
  readonly samples?: number
  /** Standard deviation of the normal noise on each coordinate; 0.1 by default. */
  readonly noise?: number
  /** The same seed gives the same points; 0 by default. */
  readonly seed?: number
}

/**
 * Two interleaved half circles, which no line separates: (cos t, sin t) for class 0 and (1 − cos t, ½ − sin t) for class 1,
 * t evenly from 0 to π, plus normal noise. Classes take turns, so any prefix is balanced.
 *
 * @param options - samples, noise, seed
 * @returns points (float32, [samples, 2]) and labels (int32, [samples], 0 or 1)
 * @throws ArgumentError when samples, noise or seed are out of range
 *
 * @example
 * ```ts
 * import { twoMoons } from '@chainrule/data'
 * const { points, labels } = twoMoons({ samples: 200, noise: 0.05, seed: 1 })
 * console.log(points.shape, labels.shape) // [200, 2] [200]
 * ```
 * @see https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_moons.html
 */
export const twoMoons = ({ samples = 1000, noise = 0.1, seed = 0 }: TwoMoonsOptions = {}): LabelledPoints => {
  checkCount(samples, 'samples', 1, 'twoMoons')
  checkNoise(noise, 'twoMoons')
  checkSeed(seed, 'twoMoons')
  const points = new Float32Array(2 * samples)
  const labels = Int32Array.from({ length: samples }, (_, sample) => sample % 2)
  labels.forEach((label, sample) => {
    const random = new RandomSource(seed, 'twoMoons', sample)
    const steps = Math.ceil((samples - label) / 2) - 1
    const t = steps > 0 ? (Math.PI * Math.floor(sample / 2)) / steps : 0
    points[2 * sample] = (label === 0 ? Math.cos(t) : 1 - Math.cos(t)) + random.normal(noise)
    points[2 * sample + 1] = (label === 0 ? Math.sin(t) : 0.5 - Math.sin(t)) + random.normal(noise)
  })
  return { points: tensor(points, { shape: [samples, 2] }), labels: tensor(labels) }
}
