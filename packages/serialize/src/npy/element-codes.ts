import type { DType } from '@chainrule/tensor'
import type { ElementType } from '../element-type.js'

/** NumPy's kind letter and byte count of each element type that can be read; half is the float of two bytes. */
export const elementCodes: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ['b1', 'bool'],
  ['i1', 'int8'],
  ['u1', 'uint8'],
  ['i2', 'int16'],
  ['u2', 'uint16'],
  ['i4', 'int32'],
  ['u4', 'uint32'],
  ['i8', 'int64'],
  ['u8', 'uint64'],
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
])

/** The `descr` of each dtype, low byte first; `|` where order means nothing. */
export const writtenDescriptions: Readonly<Record<DType, string>> = {
  bool: '|b1',
  int32: '<i4',
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
}
