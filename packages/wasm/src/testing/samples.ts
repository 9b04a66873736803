import { allocateArray, type DType, type TypedArray } from '@chainrule/tensor'

const specials: Partial<Record<DType, readonly number[]>> = {
  float32: [0, -0, NaN, Infinity, -Infinity, 1e-40, -3e38, 0.5, -1],
  float64: [0, -0, NaN, Infinity, -Infinity, 1e-310, -1e308, 0.5, -1],
  int32: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 1 << 16],
}

/** Numbers that repeat only after many, so that misplaced elements show; drawn from a seed. */
const scramble = (seed: number): number => {
  let bits = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** What samples may contain. */
export interface SampleOptions {
  readonly seed?: number
  /** One in so many floats or integers is a special one: infinite, NaN, zero, the largest; 0 for none. */
  readonly specialEvery?: number
}

/**
 * An array of numbers for tests.
 *
 * @param dtype - of the elements
 * @param length - how many
 * @param options - seed, and how often special values occur
 * @returns the array
 */
export const sampleArray = (
  dtype: DType,
  length: number,
  { seed = 0, specialEvery = 0 }: SampleOptions = {},
): TypedArray => {
  const array = allocateArray(dtype, length)
  for (let at = 0; at < length; at++) {
    const bits = scramble(at * 7919 + seed)
    const special = specials[dtype]
    if (dtype === 'bool') array[at] = bits & 1
    else if (specialEvery > 0 && special !== undefined && bits % specialEvery === 0) {
      array[at] = special[(bits >>> 8) % special.length] ?? 0
    } else if (dtype === 'int32') array[at] = (bits % 2001) - 1000
    else array[at] = (bits / 2 ** 32) * 8 - 4
  }
  return array
}
