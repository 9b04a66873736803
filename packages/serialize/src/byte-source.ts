import { ArgumentError, FormatError, OutOfMemoryError } from '@chainrule/tensor'
import type { FileHandle } from 'node:fs/promises'
import { FileError } from './file-error.js'
import { nodeModules, reason, toPath } from './file-system.js'

/** Where a file may come from: a path or `file:` URL (Node.js), bytes, or a Blob such as a chosen File. */
export type FileSource = string | URL | ArrayBuffer | ArrayBufferView | Blob

/** Bytes that are read piece by piece, so that no more of a file is in memory than is being worked on. */
export interface ByteSource {
  /** The operation and, of a file, its path: the beginning of every error message. */
  readonly where: string
  /** Bytes in all. */
  readonly size: number
  /** The bytes from `begin` up to `end`, both within the size, in memory of their own. */
  read(begin: number, end: number): Promise<Uint8Array<ArrayBuffer>>
}

/** Opens a source, hands it to `use`, and closes it whatever happens. */
export async function withSource<Result>(
  operation: string,
  source: FileSource,
  use: (source: ByteSource) => Promise<Result>,
): Promise<Result> {
  if (typeof source === 'string' || source instanceof URL) return await withFile(operation, source, use)
  if (source instanceof Blob) return await use(blobSource(operation, source))
  return await use(bytesSource(operation, toBytes(operation, source)))
}

/** The bytes behind an ArrayBuffer or a view of one, uncopied. */
export function toBytes(operation: string, source: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
  throw new ArgumentError(
    `${operation}: got ${typeof source} as source, expected a path, a file: URL, a Uint8Array, an ArrayBuffer or a Blob.`,
  )
}

function bytesSource(where: string, bytes: Uint8Array): ByteSource {
  return { where, size: bytes.length, read: (begin, end) => Promise.resolve(bytes.slice(begin, end)) }
}

function blobSource(where: string, blob: Blob): ByteSource {
  const read = async (begin: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    try {
      return new Uint8Array(await blob.slice(begin, end).arrayBuffer())
    } catch (error) {
      throw new FileError(`${where}: the Blob cannot be read: ${reason(error)}.`, { cause: error })
    }
  }
  return { where, size: blob.size, read }
}

async function withFile<Result>(
  operation: string,
  location: string | URL,
  use: (source: ByteSource) => Promise<Result>,
): Promise<Result> {
  const modules = nodeModules(operation)
  const path = toPath(operation, modules, location)
  const where = `${operation}: ${path}`
  let handle: FileHandle | undefined
  try {
    handle = await modules.fileSystem.open(path, 'r')
    const status = await handle.stat()
    if (!status.isFile()) throw new FileError(`${where}: this is not a regular file.`)
    return await use(fileSource(where, handle, status.size))
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) {
      throw new FileError(`${where}: the file cannot be read: ${error.message}.`, { cause: error })
    }
    throw error
  } finally {
    await handle?.close()
  }
}

function fileSource(where: string, handle: FileHandle, size: number): ByteSource {
  const read = async (begin: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = allocate(where, end - begin)
    let filled = 0
    while (filled < bytes.length) {
      // One system call takes at most 2 GiB.
      const length = Math.min(bytes.length - filled, 1 << 30)
      const { bytesRead } = await handle.read(bytes, filled, length, begin + filled)
      if (bytesRead === 0) {
        throw new FormatError(`${where}: the file became shorter while it was read. Load it again once it is complete.`)
      }
      filled += bytesRead
    }
    return bytes
  }
  return { where, size, read }
}

function allocate(where: string, byteLength: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(byteLength)
  } catch {
    throw new OutOfMemoryError(`${where}: one tensor of ${byteLength} bytes does not fit the memory. Split it up.`)
  }
}
