import type * as FileSystem from 'node:fs/promises'
import type * as Path from 'node:path'
import type * as Url from 'node:url'
import { FileError } from './file-error.js'

/** The parts of Node.js that files need. */
export interface NodeModules {
  readonly fileSystem: typeof FileSystem
  readonly path: typeof Path
  readonly url: typeof Url
}

/**
 * Node's modules, asked for when a path is first used. There is no import of `node:` modules, so that bundles for
 * browsers need no replacement for them.
 *
 * @throws FileError where there is no file system.
 */
export function nodeModules(where: string): NodeModules {
  const process: Partial<NodeJS.Process> | undefined = globalThis.process
  const fileSystem = process?.getBuiltinModule?.('node:fs/promises')
  const path = process?.getBuiltinModule?.('node:path')
  const url = process?.getBuiltinModule?.('node:url')
  if (fileSystem !== undefined && path !== undefined && url !== undefined) return { fileSystem, path, url }
  throw new FileError(
    `${where}: got a path, but there is no file system here. Work with bytes: load from a Uint8Array, an ArrayBuffer or ` +
      'a Blob, and save with the encode functions.',
  )
}

/** A path, or the path a `file:` URL stands for. */
export function toPath(where: string, { url }: NodeModules, location: string | URL): string {
  if (typeof location === 'string') return location
  if (location.protocol === 'file:') return url.fileURLToPath(location)
  throw new FileError(
    `${where}: got ${location.protocol} as URL, expected file:. Fetch it first and pass the response's arrayBuffer().`,
  )
}

/** What the system said, without its stack. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
