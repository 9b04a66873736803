import type { DType } from '@chainrule/tensor'
import { elementLayouts } from '../element-type.js'
import { ArgumentError } from '@chainrule/tensor'
import { quote } from '../quote.js'
import { hasLoneSurrogate } from '../surrogates.js'
import { writtenElements } from './element-names.js'
import { maximumHeaderLength, prefixLength } from './read-header.js'

/** What the header says of a tensor to be written. */
export interface TensorDescription {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
}

/**
 * The order in which tensors are stored: widest elements first, which keeps every tensor aligned to its element, then by
 * name, bytewise as UTF-8 (that is by code point, where JavaScript's own order is by UTF-16 unit).
 */
export function compareTensors(left: TensorDescription, right: TensorDescription): number {
  return (
    writtenElements[right.dtype].rank - writtenElements[left.dtype].rank || compareCodePoints(left.name, right.name)
  )
}

function compareCodePoints(left: string, right: string): number {
  for (let index = 0; ;) {
    const a = left.codePointAt(index) ?? -1
    const b = right.codePointAt(index) ?? -1
    if (a !== b) return a - b
    if (a === -1) return 0
    index += a > 0xffff ? 2 : 1
  }
}

/**
 * The length prefix and the header, padded with spaces to a multiple of eight bytes.
 *
 * @param tensors - Sorted by {@link compareTensors}.
 * @throws ArgumentError for names and metadata that UTF-8 cannot hold, and for a header too large to be read again.
 */
export function writeHeader(
  where: string,
  tensors: readonly TensorDescription[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const members: string[] = []
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') {
      throw new ArgumentError(`${where}: metadata ${quote(key)} is ${typeof value}, expected a string.`)
    }
    members.push(`${writeString(where, key)}:${writeString(where, value)}`)
  }
  const sections = members.length > 0 ? [`"__metadata__":{${members.join(',')}}`] : []
  let begin = 0
  for (const { name, dtype, shape } of tensors) {
    if (name === '__metadata__') {
      throw new ArgumentError(`${where}: a tensor is called "__metadata__", a name the format reserves. Rename it.`)
    }
    const end = begin + shape.reduce((product, size) => product * size, elementLayouts[dtype].byteLength)
    const fields = { dtype: writtenElements[dtype].name, shape, data_offsets: [begin, end] }
    sections.push(`${writeString(where, name)}:${JSON.stringify(fields)}`)
    begin = end
  }
  const json = new TextEncoder().encode(`{${sections.join(',')}}`)
  const length = Math.ceil(json.length / 8) * 8
  checkLength(where, length)
  const bytes = new Uint8Array(prefixLength + length).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
  bytes.set(json, prefixLength)
  return bytes
}

function checkLength(where: string, length: number): void {
  if (length <= maximumHeaderLength) return
  throw new ArgumentError(
    `${where}: the header takes ${length} bytes or more, and readers accept ${maximumHeaderLength}. Shorten the metadata.`,
  )
}

function writeString(where: string, text: string): string {
  // A unit of a text takes at least a byte; this spares the work on one that is far too long.
  checkLength(where, text.length)
  if (hasLoneSurrogate(text)) {
    throw new ArgumentError(
      `${where}: ${quote(text)} holds half a surrogate pair, which UTF-8 cannot store. Rename it.`,
    )
  }
  return JSON.stringify(text)
}
