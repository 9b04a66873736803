import { type ElementType, elementLayouts } from '../element-type.js'
import { FormatError } from '@chainrule/tensor'
import { type JsonObject, type JsonValue, JsonSyntaxError, isJsonObject, parseJson } from '../parse-json.js'
import { quote } from '../quote.js'
import { hasLoneSurrogate } from '../surrogates.js'
import { shapeByteLength } from '../shape-size.js'
import { elementNames } from './element-names.js'

/** One tensor of a file: what it is called, how it is stored, and where in the data its bytes lie. */
export interface TensorEntry {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

export interface Header {
  readonly entries: readonly TensorEntry[]
  readonly metadata: Readonly<Record<string, string>>
}

/** The bytes before the header: its length as an unsigned 64-bit integer, low byte first. */
export const prefixLength = 8

/** The bound of the reference implementation, so that a damaged length cannot ask for any amount of memory. */
export const maximumHeaderLength = 100_000_000

/** As deep as the JSON parser of the reference implementation goes; a sound header needs three levels. */
const maximumDepth = 128

/**
 * Reads the length of the header, checked against the file's size.
 *
 * @param prefix - The first eight bytes of the file, or all of it where it is shorter.
 */
export function readHeaderLength(where: string, prefix: Uint8Array, fileSize: number): number {
  if (prefix.length < prefixLength) {
    throw new FormatError(`${where}: got ${fileSize} bytes, expected at least ${prefixLength}. The file is truncated.`)
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true)
  if (length > maximumHeaderLength) {
    throw new FormatError(
      `${where}: the header claims ${length} bytes, more than the ${maximumHeaderLength} allowed. This is not a safetensors file.`,
    )
  }
  if (length > fileSize - prefixLength) {
    throw new FormatError(
      `${where}: the header claims ${length} bytes, but only ${fileSize - prefixLength} follow. The file is truncated.`,
    )
  }
  return Number(length)
}

/**
 * Reads and checks a header: JSON whose tensors cover the data exactly, without overlaps or holes.
 *
 * @param dataLength - The bytes of the file after the header.
 * @returns the entries in the order of their data.
 * @throws FormatError, before anything of a tensor's size is allocated.
 */
export function readHeader(where: string, bytes: Uint8Array, dataLength: number): Header {
  const root = parseHeader(where, bytes)
  const metadata = Object.create(null) as Record<string, string>
  const entries: TensorEntry[] = []
  for (const [name, value] of root) {
    if (hasLoneSurrogate(name)) throw new FormatError(`${where}: the name ${quote(name)} holds half a surrogate pair.`)
    if (name === '__metadata__') readMetadata(where, value, metadata)
    else entries.push(readEntry(`${where}: tensor ${quote(name)}`, name, value))
  }
  entries.sort((left, right) => left.begin - right.begin || left.end - right.end)
  let position = 0
  for (const { name, begin, end } of entries) {
    if (begin !== position) {
      throw new FormatError(
        `${where}: tensor ${quote(name)}: its data begins at ${begin}, expected ${position}: tensors must neither overlap nor leave holes.`,
      )
    }
    position = end
  }
  if (position !== dataLength) {
    throw new FormatError(
      `${where}: the tensors take ${position} bytes, but ${dataLength} follow the header. The file is ` +
        (position > dataLength ? 'truncated.' : 'longer than its header says.'),
    )
  }
  return { entries, metadata }
}

function parseHeader(where: string, bytes: Uint8Array): JsonObject {
  if (bytes[0] !== 0x7b)
    throw new FormatError(`${where}: the header does not begin with '{'. This is not a safetensors file.`)
  try {
    const root = parseJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), maximumDepth)
    if (isJsonObject(root)) return root
  } catch (error) {
    const problem = error instanceof JsonSyntaxError ? error.message : 'it is not UTF-8'
    throw new FormatError(`${where}: the header cannot be read: ${problem}. The file is damaged.`, { cause: error })
  }
  throw new FormatError(`${where}: the header is not a JSON object. The file is damaged.`)
}

function readMetadata(where: string, value: JsonValue, metadata: Record<string, string>): void {
  if (value === null) return
  if (!isJsonObject(value)) throw new FormatError(`${where}: __metadata__ is not an object of strings.`)
  for (const [key, text] of value) {
    if (typeof text !== 'string') throw new FormatError(`${where}: __metadata__ ${quote(key)} is not a string.`)
    if (hasLoneSurrogate(key) || hasLoneSurrogate(text)) {
      throw new FormatError(`${where}: __metadata__ ${quote(key)} holds half a surrogate pair.`)
    }
    metadata[key] = text
  }
}

function readEntry(where: string, name: string, value: JsonValue): TensorEntry {
  if (!isJsonObject(value)) throw new FormatError(`${where}: its entry in the header is not an object.`)
  const type = readType(where, value.get('dtype'))
  const shape = readSizes(where, 'shape', value.get('shape'))
  const offsets = readSizes(where, 'data_offsets', value.get('data_offsets'))
  const [begin, end] = offsets
  if (begin === undefined || end === undefined || offsets.length !== 2 || begin > end) {
    throw new FormatError(
      `${where}: data_offsets are [${offsets.slice(0, 3).join(', ')}], expected [begin, end] with begin ≤ end.`,
    )
  }
  const byteLength = shapeByteLength(where, shape, elementLayouts[type].byteLength)
  if (end - begin !== byteLength) {
    throw new FormatError(
      `${where}: ${type} of shape [${shape.join(', ')}] takes ${byteLength} bytes, but data_offsets span ${end - begin}.`,
    )
  }
  return { name, type, shape, begin, end }
}

function readType(where: string, value: JsonValue | undefined): ElementType {
  const type = typeof value === 'string' ? elementNames.get(value) : undefined
  if (type !== undefined) return type
  const got = typeof value === 'string' ? quote(value) : 'none'
  throw new FormatError(
    `${where}: got dtype ${got}, expected one of ${[...elementNames.keys()].join(', ')}. Convert the tensor where it was made.`,
  )
}

function readSizes(where: string, field: string, value: JsonValue | undefined): readonly number[] {
  const isSize = (entry: JsonValue): entry is number =>
    typeof entry === 'number' && Number.isSafeInteger(entry) && entry >= 0 && !Object.is(entry, -0)
  if (Array.isArray(value) && value.every(isSize)) return value
  throw new FormatError(`${where}: ${field} is not a list of non-negative integers that are exact in a double.`)
}
