import type * as zlibModule from 'node:zlib'
import { FormatError } from '@chainrule/tensor'
import { builtIn } from './built-in.js'

/** Whether bytes begin as a gzip file does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** Deflate packs at most 258 bytes into two bits: nothing unpacks to more than this multiple of its packed size. */
export const LARGEST_GZIP_RATIO = 1032

/** Bytes that Node unpacks at a time: streams of the web hand out 16 KB, and take three times as long for a large file. */
const pieceSize = 2 ** 20

const pieces = (bytes: Uint8Array): AsyncIterable<Uint8Array> => {
  const zlib = builtIn<typeof zlibModule>('node:zlib')
  if (zlib !== undefined) {
    const unpacking = zlib.createGunzip({ chunkSize: pieceSize })
    unpacking.end(bytes)
    return unpacking
  }
  const packed = new ReadableStream<BufferSource>({
    start(controller) {
      controller.enqueue(bytes as Uint8Array<ArrayBuffer>)
      controller.close()
    },
  })
  return read(packed.pipeThrough(new DecompressionStream('gzip')).getReader())
}

/** Not every browser iterates over streams. */
async function* read(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value
  } finally {
    // After an error the stream is already closed and has nothing left to cancel.
    await reader.cancel().catch(() => undefined)
  }
}

/**
 * Unpacks gzip piece by piece.
 *
 * @param bytes - a gzip file
 * @param operation - who asks, for messages
 * @returns the unpacked pieces, in order
 * @throws FormatError when the file is cut short or its check sum fails
 */
export async function* gunzip(bytes: Uint8Array, operation: string): AsyncGenerator<Uint8Array, void, undefined> {
  const unpacked = pieces(bytes)[Symbol.asyncIterator]()
  try {
    for (;;) {
      const piece = await unpacked.next().catch((error: unknown) => {
        throw new FormatError(
          `${operation}: got a gzip file of ${bytes.length} bytes that does not unpack, expected a complete one. ` +
            'Fetch the file again.',
          { cause: error },
        )
      })
      if (piece.done === true) return
      yield piece.value
    }
  } finally {
    await unpacked.return?.()
  }
}
