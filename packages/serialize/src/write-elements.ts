import { hostIsLittleEndian, swapByteOrder } from './byte-order.js'

/** The bytes of a typed array, low byte first as both file formats want them; a view where the machine stores them so. */
export function writeElements(array: ArrayBufferView & { readonly BYTES_PER_ELEMENT: number }): Uint8Array {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  if (hostIsLittleEndian) return bytes
  const swapped = bytes.slice()
  swapByteOrder(swapped, array.BYTES_PER_ELEMENT)
  return swapped
}
