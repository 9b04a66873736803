import { hostIsLittleEndian, swapByteOrder } from './byte-order.js'
import { type ElementType, elementLayouts } from './element-type.js'
import { FormatError, type TypedArray } from '@chainrule/tensor'
import { bfloat16ToFloat32Bits, float16ToFloat32Bits } from './half-precision.js'

/**
 * Turns the bytes of a file into the numbers of a tensor. Widening (half to single precision, small integers to int32)
 * is exact; wider integers must fit int32.
 *
 * @param bytes - Whole elements, owned by the caller: swapped in place, and possibly the memory of the result.
 * @throws FormatError that names the first integer outside int32 and its place.
 */
export function readElements(
  where: string,
  bytes: Uint8Array<ArrayBuffer>,
  type: ElementType,
  isLittleEndian: boolean,
): TypedArray {
  const itemSize = elementLayouts[type].byteLength
  if (isLittleEndian !== hostIsLittleEndian) swapByteOrder(bytes, itemSize)
  const { buffer, byteOffset } = bytes.byteOffset % itemSize === 0 ? bytes : bytes.slice()
  const length = bytes.length / itemSize
  switch (type) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, length)
    case 'float64':
      return new Float64Array(buffer, byteOffset, length)
    case 'int32':
      return new Int32Array(buffer, byteOffset, length)
    case 'bool':
      return bytes.map((byte) => (byte === 0 ? 0 : 1))
    case 'int8':
      return Int32Array.from(new Int8Array(buffer, byteOffset, length))
    case 'uint8':
      return Int32Array.from(bytes)
    case 'int16':
      return Int32Array.from(new Int16Array(buffer, byteOffset, length))
    case 'uint16':
      return Int32Array.from(new Uint16Array(buffer, byteOffset, length))
    case 'uint32':
      return narrowIntegers(where, type, new Uint32Array(buffer, byteOffset, length))
    case 'int64':
      return narrowIntegers(where, type, new BigInt64Array(buffer, byteOffset, length))
    case 'uint64':
      return narrowIntegers(where, type, new BigUint64Array(buffer, byteOffset, length))
    case 'float16':
      return widenHalves(new Uint16Array(buffer, byteOffset, length), float16ToFloat32Bits)
    case 'bfloat16':
      return widenHalves(new Uint16Array(buffer, byteOffset, length), bfloat16ToFloat32Bits)
  }
}

function widenHalves(halves: Uint16Array, widen: (half: number) => number): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length)
  halves.forEach((half, index) => {
    bits[index] = widen(half)
  })
  return new Float32Array(bits.buffer)
}

function narrowIntegers(
  where: string,
  type: ElementType,
  wide: Uint32Array | BigInt64Array | BigUint64Array,
): Int32Array<ArrayBuffer> {
  const narrow = new Int32Array(wide.length)
  wide.forEach((value: number | bigint, index: number) => {
    if (value < -0x80000000 || value > 0x7fffffff) {
      throw new FormatError(
        `${where}: ${type} value ${value} at place ${index} does not fit int32, the integer dtype of tensors. ` +
          'Convert the file to int32 or float64 where it was made.',
      )
    }
    narrow[index] = Number(value)
  })
  return narrow
}
