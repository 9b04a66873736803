import type * as fileSystemModule from 'node:fs/promises'
import { builtIn } from './built-in.js'
import { type DataSource, describeSource } from './data-source.js'
import { SourceError } from './source-error.js'

type FileSystem = typeof fileSystemModule

/** A scheme of two letters or more, so that `C:\data` stays a path. */
const scheme = /^([a-z][a-z0-9+.-]+):/i

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const readFile = async (path: string | URL, files: FileSystem, operation: string): Promise<Uint8Array> => {
  try {
    return await files.readFile(path)
  } catch (error) {
    throw new SourceError(
      `${operation}: got ${describeSource(path)}, expected a file that can be read (${reasonOf(error)}). Check the path.`,
      { cause: error },
    )
  }
}

const readAddress = async (address: string, operation: string): Promise<Uint8Array> => {
  let reason: string
  try {
    const response = await fetch(address)
    if (response.ok) return new Uint8Array(await response.arrayBuffer())
    reason = `status ${response.status}`
  } catch (error) {
    throw new SourceError(
      `${operation}: got ${describeSource(address)}, expected an address that answers (${reasonOf(error)}). Check the address.`,
      { cause: error },
    )
  }
  throw new SourceError(
    `${operation}: got ${describeSource(address)}, expected an address that answers (${reason}). Check the address.`,
  )
}

/**
 * The bytes of a source, as they are stored.
 *
 * @param source - path, address, bytes or blob
 * @param operation - who asks, for messages
 * @returns the bytes; not a copy where the source is bytes
 * @throws SourceError when a file or an address cannot be read
 */
export const readSource = async (source: DataSource, operation: string): Promise<Uint8Array> => {
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer())
  const address = typeof source === 'string' ? source : source.href
  const kind = scheme.exec(address)?.[1]?.toLowerCase()
  const files = builtIn<FileSystem>('node:fs/promises')
  if (files !== undefined && kind === 'file') return readFile(new URL(address), files, operation)
  if (files !== undefined && kind === undefined) return readFile(address, files, operation)
  return readAddress(address, operation)
}
