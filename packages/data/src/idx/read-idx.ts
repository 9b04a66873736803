import { FormatError } from '@chainrule/tensor'
import { type DataSource, describeSource } from '../sources/data-source.js'
import { gunzip, isGzip, LARGEST_GZIP_RATIO } from '../sources/gunzip.js'
import { readSource } from '../sources/read-source.js'
import { type IdxHeader, readIdxHeader } from './idx-header.js'

/** An IDX file: its header, and all of its bytes. */
export interface IdxFile {
  readonly header: IdxHeader
  readonly bytes: Uint8Array
}

const sizeError = (
  operation: string,
  source: DataSource,
  header: IdxHeader,
  length: string,
  advice: string,
): FormatError =>
  new FormatError(
    `${operation}: got ${length} in ${describeSource(source)}, expected ${header.byteLength} for ${header.type} of shape ` +
      `[${header.shape.join(', ')}]. ${advice}`,
  )

const headerError = (operation: string, source: DataSource, length: number): FormatError =>
  new FormatError(
    `${operation}: got ${length} bytes in ${describeSource(source)}, expected an IDX header. The file is cut short; fetch it again.`,
  )

const checkLength = (operation: string, source: DataSource, header: IdxHeader, length: number): void => {
  if (length < header.byteLength) {
    throw sizeError(operation, source, header, `${length} bytes`, 'The file is cut short; fetch it again.')
  }
  if (length > header.byteLength) {
    throw sizeError(
      operation,
      source,
      header,
      `${length} bytes or more`,
      'The file has bytes after its last element; fetch it again.',
    )
  }
}

const unpackIdx = async (packed: Uint8Array, source: DataSource, operation: string): Promise<IdxFile> => {
  let header: IdxHeader | undefined
  let bytes = new Uint8Array()
  let length = 0
  for await (const piece of gunzip(packed, operation)) {
    if (header === undefined) {
      const start = new Uint8Array(length + piece.length)
      start.set(bytes.subarray(0, length))
      start.set(piece, length)
      length = start.length
      bytes = start
      header = readIdxHeader(start, operation)
      if (header === undefined) continue
      if (header.byteLength > LARGEST_GZIP_RATIO * packed.length) {
        throw sizeError(
          operation,
          source,
          header,
          `${packed.length} bytes of gzip`,
          'No gzip file of that size can hold them.',
        )
      }
      if (length > header.byteLength) checkLength(operation, source, header, length)
      bytes = new Uint8Array(header.byteLength)
      bytes.set(start)
    } else {
      if (length + piece.length > header.byteLength) checkLength(operation, source, header, length + piece.length)
      bytes.set(piece, length)
      length += piece.length
    }
  }
  if (header === undefined) throw headerError(operation, source, length)
  checkLength(operation, source, header, length)
  return { header, bytes }
}

/**
 * The bytes of an IDX file, plain or gzip. Nothing is allocated for the elements before the header was found to fit the file.
 *
 * @param source - path, address, bytes or blob
 * @param operation - who asks, for messages
 * @returns header and bytes
 * @throws SourceError when it cannot be read
 * @throws FormatError when it is no IDX file, or shorter or longer than its header says
 */
export const readIdx = async (source: DataSource, operation: string): Promise<IdxFile> => {
  const stored = await readSource(source, operation)
  if (isGzip(stored)) return unpackIdx(stored, source, operation)
  const header = readIdxHeader(stored, operation)
  if (header === undefined) throw headerError(operation, source, stored.length)
  checkLength(operation, source, header, stored.length)
  return { header, bytes: stored }
}
