import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'

const folderOfArchives = join('node_modules', '@sparticuz', 'chromium', 'bin')
const tarBlock = 512

/** The folder at or above this file that holds the installed archives, if there is one. */
const findRoot = (): string | undefined => {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, folderOfArchives))) {
    const parent = dirname(folder)
    if (parent === folder) return undefined
    folder = parent
  }
  return folder
}

/** Writes the regular files of a tar archive into one folder. */
const writeTar = (archive: Buffer, folder: string): void => {
  let position = 0
  for (;;) {
    const header = archive.subarray(position, position + tarBlock)
    const name = header.toString('utf8', 0, 100).replace(/\0.*$/s, '')
    if (header.length < tarBlock || name === '') return
    const size = Number.parseInt(header.toString('utf8', 124, 136), 8)
    const isFile = header[156] === 0x30 || header[156] === 0
    const start = position + tarBlock
    if (isFile) writeFileSync(join(folder, name.replace(/^.*\//, '')), archive.subarray(start, start + size))
    position = start + Math.ceil(size / tarBlock) * tarBlock
  }
}

/** Parts of `@sparticuz/chromium`, an archive each. */
export type ArchivePart = 'chromium' | 'swiftshader' | 'libraries'

const archiveNames: Record<ArchivePart, string> = {
  chromium: 'chromium.br',
  swiftshader: 'swiftshader.tar.br',
  libraries: 'al2023.tar.br',
}

/**
 * Unpacks parts of the npm package `@sparticuz/chromium` into one folder, once for each version of them; several processes
 * may do so at the same time.
 *
 * @param parts - which ones
 * @returns the folder; undefined where the package is not installed, or has nothing for this machine
 */
export const unpackedFolder = (...parts: readonly ArchivePart[]): string | undefined => {
  const root = findRoot()
  if (root === undefined || process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const archives = parts.map((part) => ({ part, path: join(root, folderOfArchives, archiveNames[part]) }))
  const cache = join(root, 'node_modules', '.cache', 'chainrule')
  const version = archives.map(({ part, path }) => `${part}-${String(statSync(path).size)}`).join('-')
  const folder = join(cache, version)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const temporary = mkdtempSync(join(cache, 'unpacking-'))
  for (const { part, path } of archives) {
    const contents = brotliDecompressSync(readFileSync(path))
    if (archiveNames[part].endsWith('.tar.br')) writeTar(contents, temporary)
    else writeFileSync(join(temporary, part), contents, { mode: 0o755 })
  }
  try {
    renameSync(temporary, folder)
  } catch (error) {
    rmSync(temporary, { recursive: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}
