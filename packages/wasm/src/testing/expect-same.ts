import type { TypedArray } from '@chainrule/tensor'
import { expect } from 'vitest'

const bytesOf = (array: TypedArray): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

/**
 * Asserts that arrays hold the same numbers, bit by bit but for the bits of NaN. (`toEqual` alone takes long for large
 * arrays.)
 *
 * @param actual - the arrays
 * @param expected - what they should hold
 */
export const expectSame = (actual: readonly TypedArray[], expected: readonly TypedArray[]): void => {
  const areSame =
    actual.length === expected.length &&
    actual.every((array, at) => Buffer.compare(bytesOf(array), bytesOf(expected[at] ?? new Uint8Array())) === 0)
  if (!areSame) expect(actual).toEqual(expected)
}
