import { FormatError } from '@chainrule/tensor'

/** Whether bytes begin as a gzip file does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** Deflate packs at most 258 bytes into two bits: nothing unpacks to more than this multiple of its packed size. */
export const LARGEST_GZIP_RATIO = 1032

/**
 * Unpacks gzip piece by piece.
 *
 * @param bytes - a gzip file
 * @param operation - who asks, for messages
 * @returns the unpacked pieces, in order
 * @throws FormatError when the file is cut short or its check sum fails
 */
export async function* gunzip(bytes: Uint8Array, operation: string): AsyncGenerator<Uint8Array, void, undefined> {
  const packed = new ReadableStream<BufferSource>({
    start(controller) {
      controller.enqueue(bytes as Uint8Array<ArrayBuffer>)
      controller.close()
    },
  })
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader()
  try {
    for (;;) {
      const piece = await reader.read().catch((error: unknown) => {
        throw new FormatError(
          `${operation}: got a gzip file of ${bytes.length} bytes that does not unpack, expected a complete one. ` +
            'Fetch the file again.',
          { cause: error },
        )
      })
      if (piece.done) return
      yield piece.value
    }
  } finally {
    // After an error the stream is already closed and has nothing left to cancel.
    await reader.cancel().catch(() => undefined)
  }
}
