import { describe, expect, it } from 'vitest'
import { bfloat16ToFloat32Bits, float16ToFloat32Bits } from './half-precision.js'

function fromBits(bits: number): number {
  return new DataView(new Uint32Array([bits]).buffer).getFloat32(0, new Uint8Array(Uint16Array.of(1).buffer)[0] === 1)
}

/** The value by the definition of the format: s·2^(e−bias)·(1 + m/2^p), s·2^(1−bias)·m/2^p for e = 0. */
function valueOf(half: number, exponentBits: number): number {
  const precision = 15 - exponentBits
  const bias = 2 ** (exponentBits - 1) - 1
  const sign = half >>> 15 === 0 ? 1 : -1
  const exponent = (half >>> precision) & (2 ** exponentBits - 1)
  const mantissa = half & (2 ** precision - 1)
  if (exponent === 2 ** exponentBits - 1) return mantissa === 0 ? sign * Infinity : NaN
  if (exponent === 0) return sign * 2 ** (1 - bias) * (mantissa / 2 ** precision)
  return sign * 2 ** (exponent - bias) * (1 + mantissa / 2 ** precision)
}

const patterns = Array.from({ length: 0x10000 }, (_, half) => half)

describe('half precision', () => {
  it('widens each of the 65536 float16 patterns to exactly its value', () => {
    const wrong = patterns.filter((half) => !Object.is(fromBits(float16ToFloat32Bits(half)), valueOf(half, 5)))
    expect(wrong).toEqual([])
  })

  it('widens each of the 65536 bfloat16 patterns to exactly its value', () => {
    const wrong = patterns.filter((half) => !Object.is(fromBits(bfloat16ToFloat32Bits(half)), valueOf(half, 8)))
    expect(wrong).toEqual([])
  })

  it('keeps sign and payload of a NaN', () => {
    expect(float16ToFloat32Bits(0xfe01)).toBe(0xffc02000)
    expect(bfloat16ToFloat32Bits(0xff81)).toBe(0xff810000)
  })
})
