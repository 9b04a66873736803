import { applyOne } from '../apply.js'
import { ArgumentError } from '../errors.js'
import { defaultGenerator, type Generator } from '../random/generator.js'
import { checkShape, sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { type CreationOptions, floatingOr, homeOf } from './creation.js'
import { castTo } from './conversion.js'

/** Options of random functions. */
export interface RandomOptions extends CreationOptions {
  /** The stream to draw from. Default the one that `manualSeed` seeds. */
  readonly generator?: Generator
}

const draw = (
  operation: string,
  distribution: 'uniform' | 'normal' | 'integers',
  shape: readonly number[],
  dtype: 'int32' | 'float32' | 'float64',
  { generator = defaultGenerator, device }: RandomOptions,
  bounds: readonly number[] = [],
): Tensor => {
  checkShape(operation, shape)
  // A block holds four 32-bit results: four elements, or two of float64.
  const blocks = Math.ceil(sizeOf(shape) / (dtype === 'float64' ? 2 : 4))
  const cells = [...generator.take(blocks), ...bounds]
  return applyOne('random', [], { distribution, shape, dtype, cells }, homeOf(device))
}

/**
 * Uniform random numbers, 0 ≤ x < 1.
 *
 * @param shape - sizes
 * @param options - `dtype` (float32 or float64), `device`, `generator`
 * @returns the tensor
 *
 * @example
 * ```ts
 * import { manualSeed, rand } from '@chainrule/tensor'
 * manualSeed(0)
 * console.log(rand([2, 3]).shape) // [2, 3]
 * ```
 */
export const rand = (shape: readonly number[], options: RandomOptions = {}): Tensor =>
  draw('rand', 'uniform', shape, floatingOr('rand', options.dtype ?? 'float32'), options)

/**
 * Random numbers from the standard normal distribution, by Box and Muller's method (1958).
 *
 * @param shape - sizes
 * @param options - `dtype` (float32 or float64), `device`, `generator`
 * @returns the tensor
 *
 * @example
 * ```ts
 * import { manualSeed, randn } from '@chainrule/tensor'
 * manualSeed(0)
 * console.log(randn([2, 3]).shape) // [2, 3]
 * ```
 */
export const randn = (shape: readonly number[], options: RandomOptions = {}): Tensor =>
  draw('randn', 'normal', shape, floatingOr('randn', options.dtype ?? 'float32'), options)

/**
 * Random whole numbers, low ≤ x < high.
 *
 * @param low - the least
 * @param high - one more than the greatest
 * @param shape - sizes
 * @param options - `dtype` (default int32), `device`, `generator`
 * @returns the tensor
 * @throws ArgumentError unless low < high, both whole and within int32
 *
 * @example
 * ```ts
 * import { manualSeed, randint } from '@chainrule/tensor'
 * manualSeed(0)
 * console.log(randint(0, 10, [4]).dtype) // 'int32'
 * ```
 */
export const randint = (low: number, high: number, shape: readonly number[], options: RandomOptions = {}): Tensor => {
  if (!Number.isInteger(low) || !Number.isInteger(high) || low >= high || low < -(2 ** 31) || high > 2 ** 31) {
    throw new ArgumentError(`randint: got ${low} … ${high}, expected whole numbers with low < high, within int32.`)
  }
  return castTo(draw('randint', 'integers', shape, 'int32', options, [low, high]), options.dtype ?? 'int32')
}
