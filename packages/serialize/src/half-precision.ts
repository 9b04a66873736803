/**
 * Widens one IEEE 754 half-precision number to single precision, exactly, as bits.
 *
 * A half is s·2^(e−15)·(1 + m/2^10), a single s·2^(E−127)·(1 + M/2^23): rebias the exponent by 112 and move the
 * mantissa up 13 places. Subnormals (e = 0) are s·m·2^−24 and normalised here, since every one of them is a normal
 * single. Bits rather than numbers keep the payload of a NaN, which arithmetic may drop.
 */
export function float16ToFloat32Bits(half: number): number {
  const sign = (half & 0x8000) << 16
  const exponent = (half >>> 10) & 0x1f
  const mantissa = half & 0x3ff
  if (exponent === 0x1f) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0
  if (mantissa === 0) return sign >>> 0
  // m = 2^(31−z)·(1 + …) with z leading zeros, so E = 31 − z − 24 + 127 and the leading one falls out of the mantissa.
  const zeros = Math.clz32(mantissa)
  return (sign | ((134 - zeros) << 23) | ((mantissa << (zeros - 8)) & 0x7fffff)) >>> 0
}

/** Widens one bfloat16, the upper half of a single-precision number, to single precision, exactly, as bits. */
export function bfloat16ToFloat32Bits(half: number): number {
  return (half << 16) >>> 0
}
