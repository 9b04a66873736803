import type { DType } from '@chainrule/tensor'
import type { ElementType } from '../element-type.js'

/** What a safetensors header calls each element type that can be read. */
export const elementNames: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ['BOOL', 'bool'],
  ['I8', 'int8'],
  ['U8', 'uint8'],
  ['I16', 'int16'],
  ['U16', 'uint16'],
  ['I32', 'int32'],
  ['U32', 'uint32'],
  ['I64', 'int64'],
  ['U64', 'uint64'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['F32', 'float32'],
  ['F64', 'float64'],
])

/** How each dtype is written, and its rank: the reference implementation stores higher ranks (wider elements) first. */
export const writtenElements: Readonly<Record<DType, { readonly name: string; readonly rank: number }>> = {
  float64: { name: 'F64', rank: 4 },
  float32: { name: 'F32', rank: 3 },
  int32: { name: 'I32', rank: 2 },
  float16: { name: 'F16', rank: 1 },
  bool: { name: 'BOOL', rank: 0 },
}
