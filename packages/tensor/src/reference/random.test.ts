import { describe, expect, it } from 'vitest'
import type { DType } from '../dtype.js'
import { ArgumentError } from '../errors.js'
import type { RandomKernel } from '../kernel.js'
import { philox4x32 } from '../random/philox.js'
import { device, download } from './storages.fixture.js'

type Distribution = RandomKernel['structure']['distribution']

const draw = (
  distribution: Distribution,
  dtype: DType,
  size: number,
  cells: readonly number[],
  offset = 0,
): number[] => {
  const output = device.allocate((size + offset) * 8)
  device.run({ kind: 'random', structure: { distribution, dtype }, size, offset }, [], [output], cells)
  return [...download(output, dtype, size + offset)]
}

const key = 2 ** 32 * 7 + 11
const counter = 2 ** 33 - 1

describe('random', () => {
  it('gives the words of Philox as bits, one block after the other, with 64-bit keys and counters', () => {
    const first = philox4x32([0xffffffff, 1, 0, 0], [11, 7])
    const second = philox4x32([0, 2, 0, 0], [11, 7])
    expect(draw('bits', 'int32', 6, [key, counter])).toEqual([...first, ...second].slice(0, 6).map((word) => word | 0))
  })

  it('makes float32 uniforms of the upper 24 bits of a word', () => {
    const bits = draw('bits', 'int32', 9, [key, counter])
    expect(draw('uniform', 'float32', 9, [key, counter])).toEqual(bits.map((word) => (word >>> 8) * 2 ** -24))
  })

  it('makes float64 uniforms of 53 bits of two words', () => {
    const bits = draw('bits', 'int32', 8, [key, counter])
    const expected = [0, 2, 4].map((at) => {
      const [high = 0, low = 0] = bits.slice(at, at + 2)
      return Number((BigInt(high >>> 5) << 26n) | BigInt(low >>> 6)) / 2 ** 53
    })
    expect(draw('uniform', 'float64', 3, [key, counter])).toEqual(expected)
  })

  it.each(['float32', 'float64'] as const)('makes %s normals by Box–Muller of pairs of the uniform stream', (dtype) => {
    const uniforms = draw('uniform', dtype, 10, [key, counter])
    const expected = uniforms.map((_, at) => {
      const [u0 = NaN, u1 = NaN] = uniforms.slice(at - (at % 2), at - (at % 2) + 2)
      const radius = Math.sqrt(-2 * Math.log(1 - u0))
      const value = radius * (at % 2 === 0 ? Math.cos(2 * Math.PI * u1) : Math.sin(2 * Math.PI * u1))
      return dtype === 'float32' ? Math.fround(value) : value
    })
    expect(draw('normal', dtype, 10, [key, counter])).toEqual(expected)
    expect(draw('normal', dtype, 7, [key, counter])).toEqual(expected.slice(0, 7))
  })

  it('scales words to integers exactly, also where the product passes 2^53', () => {
    const bits = draw('bits', 'int32', 8, [key, counter])
    for (const [low, high] of [
      [-5, 5],
      [3, 4],
      [-2147483648, 2147483647],
      [-2147483648, 2147483648],
    ] as const) {
      const expected = bits.map((word) => low + Number((BigInt(word >>> 0) * BigInt(high - low)) >> 32n))
      expect(draw('integers', 'int32', 8, [key, counter, low, high])).toEqual(expected)
    }
  })

  it('writes from the offset on, and nothing for size 0', () => {
    const plain = draw('uniform', 'float32', 3, [1, 0])
    expect(draw('uniform', 'float32', 3, [1, 0], 2)).toEqual([0, 0, ...plain])
    expect(draw('uniform', 'float32', 0, [1, 0])).toEqual([])
  })

  it('refuses missing and fractional cells', () => {
    expect(() => draw('uniform', 'float32', 1, [1])).toThrow(ArgumentError)
    expect(() => draw('integers', 'int32', 1, [1, 0, 0.5, 3])).toThrow(ArgumentError)
  })

  it('has the mean and spread of its distribution', () => {
    const size = 40000
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / size
    const normals = draw('normal', 'float32', size, [42, 0])
    // Five standard errors: 1/√size for the mean, √(2/size) for the variance, √(1/12/size) for the uniform mean.
    expect(Math.abs(mean(normals))).toBeLessThan(5 / Math.sqrt(size))
    expect(Math.abs(mean(normals.map((x) => x * x)) - 1)).toBeLessThan(5 * Math.sqrt(2 / size))
    const uniforms = draw('uniform', 'float32', size, [42, 0])
    expect(Math.abs(mean(uniforms) - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / size))
  })
})
