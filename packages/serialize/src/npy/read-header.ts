import { FormatError } from '@chainrule/tensor'
import { type ElementType, elementLayouts } from '../element-type.js'
import { quote } from '../quote.js'
import { shapeByteLength } from '../shape-size.js'
import { elementCodes } from './element-codes.js'
import { DictionarySyntaxError, type PythonLiteral, parseDictionary } from './parse-dictionary.js'

/** What an npy file says of its array. */
export interface NpyHeader {
  readonly type: ElementType
  readonly isLittleEndian: boolean
  readonly isFortranOrder: boolean
  readonly shape: readonly number[]
}

/** Where the header text lies in the file, and how its characters are stored. */
export interface HeaderPlace {
  readonly begin: number
  readonly end: number
  readonly encoding: 'latin1' | 'utf-8'
}

/** As much of a file as {@link locateHeader} needs: magic, version and, in versions 2 and 3, four bytes of length. */
export const prefixLength = 12

/** A header of a plain array takes a few hundred bytes; the bound keeps a damaged length from asking for more. */
const maximumHeaderLength = 1 << 20

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/**
 * Finds the header, checked against the file's size.
 *
 * @param prefix - The first {@link prefixLength} bytes of the file, or all of it where it is shorter.
 */
export function locateHeader(where: string, prefix: Uint8Array, fileSize: number): HeaderPlace {
  if (magic.some((byte, index) => prefix[index] !== byte)) {
    throw new FormatError(`${where}: the file does not begin with "\\x93NUMPY". This is not an npy file.`)
  }
  const major = prefix[6]
  const begin = major === 1 ? 10 : prefixLength
  if (prefix.length < begin) {
    throw new FormatError(`${where}: got ${fileSize} bytes, expected a header. The file is truncated.`)
  }
  if ((major !== 1 && major !== 2 && major !== 3) || prefix[7] !== 0) {
    throw new FormatError(`${where}: got version ${major}.${prefix[7]}, expected 1.0, 2.0 or 3.0.`)
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.length)
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > fileSize - begin) {
    throw new FormatError(
      `${where}: the header claims ${length} bytes, but only ${fileSize - begin} follow. The file is truncated.`,
    )
  }
  if (length > maximumHeaderLength) {
    throw new FormatError(
      `${where}: the header claims ${length} bytes, more than the ${maximumHeaderLength} a plain array can need.`,
    )
  }
  return { begin, end: begin + length, encoding: major === 3 ? 'utf-8' : 'latin1' }
}

/**
 * Reads and checks the header text.
 *
 * @param dataLength - The bytes of the file after the header, which the array must fill exactly.
 * @throws FormatError, before anything of the array's size is allocated.
 */
export function readHeader(
  where: string,
  bytes: Uint8Array,
  encoding: HeaderPlace['encoding'],
  dataLength: number,
): NpyHeader {
  const fields = parseHeader(where, bytes, encoding)
  const description = fields.get('descr')
  const isFortranOrder = fields.get('fortran_order')
  const shape = fields.get('shape')
  if (
    fields.size !== 3 ||
    typeof description !== 'string' ||
    typeof isFortranOrder !== 'boolean' ||
    typeof shape !== 'object'
  ) {
    throw new FormatError(
      `${where}: the header is not a dictionary of exactly 'descr' (a string), 'fortran_order' (True or False) and ` +
        `'shape' (a tuple). The file is damaged.`,
    )
  }
  const { type, isLittleEndian } = readDescription(where, description)
  const byteLength = shapeByteLength(where, shape, elementLayouts[type].byteLength)
  if (byteLength !== dataLength) {
    throw new FormatError(
      `${where}: ${type} of shape (${shape.join(', ')}) takes ${byteLength} bytes, but ${dataLength} follow the header. ` +
        (dataLength < byteLength ? 'The file is truncated.' : 'Save one array to a file.'),
    )
  }
  return { type, isLittleEndian, isFortranOrder, shape }
}

function parseHeader(
  where: string,
  bytes: Uint8Array,
  encoding: HeaderPlace['encoding'],
): ReadonlyMap<string, PythonLiteral> {
  try {
    return parseDictionary(new TextDecoder(encoding, { fatal: true }).decode(bytes))
  } catch (error) {
    const problem = error instanceof DictionarySyntaxError ? error.message : `it is not ${encoding}`
    throw new FormatError(`${where}: the header cannot be read: ${problem}.`, { cause: error })
  }
}

function readDescription(where: string, description: string): { type: ElementType; isLittleEndian: boolean } {
  const order = description.slice(0, 1)
  const type = elementCodes.get(description.slice(1))
  const isOrdered = order === '<' || order === '>'
  if (type !== undefined && (isOrdered || (order === '|' && elementLayouts[type].byteLength === 1))) {
    return { type, isLittleEndian: order !== '>' }
  }
  throw new FormatError(
    `${where}: got descr ${quote(description)}, expected '<' or '>' (or '|' for single bytes) and one of ` +
      `${[...elementCodes.keys()].join(', ')}. Convert the array with astype before saving it.`,
  )
}
