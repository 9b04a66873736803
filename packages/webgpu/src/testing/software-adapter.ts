import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'

const archiveName = join('node_modules', '@sparticuz', 'chromium', 'bin', 'swiftshader.tar.br')
const tarBlock = 512

/** The folder at or above this file that holds the installed archive, if there is one. */
const findRoot = (): string | undefined => {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, archiveName))) {
    const parent = dirname(folder)
    if (parent === folder) return undefined
    folder = parent
  }
  return folder
}

/** Writes the regular files of a tar archive into one folder. */
const unpack = (archive: Buffer, folder: string): void => {
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

/** Unpacks SwiftShader once for each version of the archive; several processes may do so at the same time. */
const swiftShaderFolder = (root: string): string => {
  const archive = readFileSync(join(root, archiveName))
  const cache = join(root, 'node_modules', '.cache', 'chainrule')
  const folder = join(cache, `swiftshader-${String(archive.length)}`)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const temporary = mkdtempSync(join(cache, 'swiftshader-'))
  unpack(brotliDecompressSync(archive), temporary)
  try {
    renameSync(temporary, folder)
  } catch (error) {
    rmSync(temporary, { recursive: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}

/**
 * The environment in which Dawn finds a WebGPU adapter on a machine without a GPU: SwiftShader, the software Vulkan
 * driver that `@sparticuz/chromium` carries, with its loader. Both variables are read when a process starts, so they go
 * to child processes, not to this one.
 *
 * @returns variables to add to the environment of a process; none where `VK_ICD_FILENAMES` or `VK_DRIVER_FILES` names
 * a driver already, where `CHAINRULE_ADAPTER=system` asks for the machine's own, or where the archive is not installed
 */
export const softwareAdapterEnvironment = (): Record<string, string> => {
  const { CHAINRULE_ADAPTER, VK_ICD_FILENAMES, VK_DRIVER_FILES, LD_LIBRARY_PATH } = process.env
  if (CHAINRULE_ADAPTER === 'system' || VK_ICD_FILENAMES !== undefined || VK_DRIVER_FILES !== undefined) return {}
  const root = findRoot()
  if (root === undefined || process.platform !== 'linux' || process.arch !== 'x64') return {}
  const folder = swiftShaderFolder(root)
  return {
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
    LD_LIBRARY_PATH: LD_LIBRARY_PATH === undefined ? folder : `${folder}:${LD_LIBRARY_PATH}`,
  }
}
