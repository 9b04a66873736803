import { ArgumentError, tensor } from '@chainrule/tensor'
import { checkCount, checkSeed } from '../check-options.js'
import { RandomSource } from '../random/random-source.js'
import { checkNoise } from './check-noise.js'
import type { LabelledPoints } from './two-moons.js'

/** Options of {@link spirals}. */
export interface SpiralsOptions {
  /** Number of points over all arms; 1000 by default. */
  readonly samples?: number
  /** Number of arms; 2 by default. */
  readonly classes?: number
  /** Turns of each arm from the centre to its end; 1 by default. */
  readonly turns?: number
  /** Standard deviation of the normal noise on each coordinate; 0.02 by default. */
  readonly noise?: number
  /** The same seed gives the same points; 0 by default. */
  readonly seed?: number
}

/**
 * Spiral arms around the origin, one a class: arm c of C at radius r, evenly from 0.05 to 1, is the point
 * r·(cos φ, sin φ) with φ = 2π(c / C + turns·r), plus normal noise. Classes take turns, so any number of whole rounds is
 * balanced.
 *
 * @param options - samples, classes, turns, noise, seed
 * @returns points (float32, [samples, 2]) and labels (int32, [samples], 0 … classes − 1)
 * @throws ArgumentError when an option is out of range
 *
 * @example
 * ```ts
 * import { spirals } from '@chainrule/data'
 * const { points, labels } = spirals({ samples: 300, classes: 3, seed: 1 })
 * console.log(points.shape, labels.shape) // [300, 2] [300]
 * ```
 * @see https://cs231n.github.io/neural-networks-case-study/
 */
export const spirals = (options: SpiralsOptions = {}): LabelledPoints => {
  const { samples = 1000, classes = 2, turns = 1, noise = 0.02, seed = 0 } = options
  checkCount(samples, 'samples', 1, 'spirals')
  checkCount(classes, 'classes', 1, 'spirals')
  checkNoise(noise, 'spirals')
  checkSeed(seed, 'spirals')
  if (!Number.isFinite(turns)) {
    throw new ArgumentError(`spirals: got turns ${turns}, expected a finite number. Give for example 1.`)
  }
  const points = new Float32Array(2 * samples)
  const labels = Int32Array.from({ length: samples }, (_, sample) => sample % classes)
  labels.forEach((label, sample) => {
    const random = new RandomSource(seed, 'spirals', sample)
    const steps = Math.ceil((samples - label) / classes) - 1
    const radius = 0.05 + (steps > 0 ? (0.95 * Math.floor(sample / classes)) / steps : 0)
    const angle = 2 * Math.PI * (label / classes + turns * radius)
    points[2 * sample] = radius * Math.cos(angle) + random.normal(noise)
    points[2 * sample + 1] = radius * Math.sin(angle) + random.normal(noise)
  })
  return { points: tensor(points, { shape: [samples, 2] }), labels: tensor(labels) }
}
