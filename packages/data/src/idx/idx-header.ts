import { FormatError } from '@chainrule/tensor'

/** Element types of the IDX format. */
export type IdxType = 'uint8' | 'int8' | 'int16' | 'int32' | 'float32' | 'float64'

/** What the first bytes of an IDX file say. */
export interface IdxHeader {
  readonly type: IdxType
  readonly shape: readonly number[]
  /** Bytes before the first element. */
  readonly dataOffset: number
  /** Bytes of the whole file. */
  readonly byteLength: number
}

const typeCodes: ReadonlyMap<number, readonly [type: IdxType, itemSize: number]> = new Map([
  [0x08, ['uint8', 1]],
  [0x09, ['int8', 1]],
  [0x0b, ['int16', 2]],
  [0x0c, ['int32', 4]],
  [0x0d, ['float32', 4]],
  [0x0e, ['float64', 8]],
])

/** Files in use have up to four axes; more means that the bytes are something else. */
const LARGEST_RANK = 8

const showBytes = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')

/**
 * Reads the header of an IDX file: two zero bytes, the type, the number of axes, then the size of each axis as a
 * big-endian 32-bit number.
 *
 * @param start - the first bytes, as many as are known
 * @param operation - who asks, for messages
 * @returns the header, or undefined when more bytes are needed
 * @throws FormatError when the bytes are no IDX header, or its sizes cannot be those of a file
 */
export const readIdxHeader = (start: Uint8Array, operation: string): IdxHeader | undefined => {
  if (start.length < 4) return undefined
  const magic = showBytes(start.subarray(0, 4))
  const [type, itemSize] = typeCodes.get(start[2] ?? 0) ?? []
  const rank = start[3] ?? 0
  if (start[0] !== 0 || start[1] !== 0 || type === undefined || itemSize === undefined) {
    throw new FormatError(
      `${operation}: got the first bytes ${magic}, expected 00 00, a type (08, 09, 0b, 0c, 0d or 0e) and the number of axes. ` +
        'Check that the file is in IDX format.',
    )
  }
  if (rank === 0 || rank > LARGEST_RANK) {
    throw new FormatError(
      `${operation}: got ${rank} axes (first bytes ${magic}), expected 1 to ${LARGEST_RANK}. Check that the file is in IDX format.`,
    )
  }
  const dataOffset = 4 + 4 * rank
  if (start.length < dataOffset) return undefined
  const view = new DataView(start.buffer, start.byteOffset, dataOffset)
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  const byteLength = dataOffset + itemSize * shape.reduce((product, size) => product * size, 1)
  if (!Number.isSafeInteger(byteLength)) {
    throw new FormatError(
      `${operation}: got the shape [${shape.join(', ')}], expected one that fits into a file. Check that the file is in IDX format.`,
    )
  }
  return { type, shape, dataOffset, byteLength }
}
