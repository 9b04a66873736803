/** Whether typed arrays on this machine store the low byte first. */
export const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Reverses the bytes of every `itemSize`-byte group in place. */
export function swapByteOrder(bytes: Uint8Array, itemSize: number): void {
  for (let begin = 0; begin + itemSize <= bytes.length; begin += itemSize) {
    bytes.subarray(begin, begin + itemSize).reverse()
  }
}
