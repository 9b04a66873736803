import type { DType } from '@chainrule/tensor'
import { writtenDescriptions } from './element-codes.js'

/** NumPy leaves room for the first axis to have this many digits, so that a file can grow in place. */
const growthDigits = 21

/** Data begins at a multiple of this, so that a memory map of the file is aligned. */
const alignment = 64

/** Magic, version 1.0 and header, byte for byte as NumPy writes them. */
export function writeHeader(dtype: DType, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  const growth = shape[0] === undefined ? 0 : growthDigits - String(shape[0]).length
  const dictionary =
    `{'descr': '${writtenDescriptions[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }` + ' '.repeat(growth)
  const prefix = '\x93NUMPY\x01\x00'
  const used = prefix.length + 2 + dictionary.length + 1
  const text = dictionary + ' '.repeat(alignment - (used % alignment)) + '\n'
  const bytes = Uint8Array.from(`${prefix}\0\0${text}`, (character) => character.charCodeAt(0))
  new DataView(bytes.buffer).setUint16(prefix.length, text.length, true)
  return bytes
}
