import { ChainruleError } from '@chainrule/tensor'
import type { FileHandle } from 'node:fs/promises'
import { FileError } from './file-error.js'
import { type NodeModules, nodeModules, reason, toPath } from './file-system.js'

/**
 * Writes a file all or nothing: the bytes go to a temporary file in the same folder, are synced to the disk, and take
 * the place of the old file in one step; then the folder is synced. Whatever fails before that step, also in making the
 * chunks, leaves the old file as it was and no temporary file.
 *
 * A process killed meanwhile leaves its temporary file (`.….tmp`) behind. A symbolic link is followed, and the
 * permissions of an existing file are kept.
 *
 * @throws FileError where the file cannot be written; what `chunks` throws passes through where it is a ChainruleError.
 */
export async function replaceFile(
  operation: string,
  location: string | URL,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const modules = nodeModules(operation)
  const path = toPath(operation, modules, location)
  const where = `${operation}: ${path}`
  try {
    const { target, mode } = await examineTarget(where, modules, path)
    const folder = modules.path.dirname(target)
    const temporary = modules.path.join(folder, `.${crypto.randomUUID()}.tmp`)
    const handle = await modules.fileSystem.open(temporary, 'wx', mode)
    try {
      try {
        if (mode !== undefined) await handle.chmod(mode)
        for await (const chunk of chunks) await writeAll(handle, chunk)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await modules.fileSystem.rename(temporary, target)
    } catch (error) {
      // What went wrong first says more than a failure to tidy up after it.
      await modules.fileSystem.rm(temporary, { force: true }).catch(() => undefined)
      throw error
    }
    await syncFolder(where, modules, folder)
  } catch (error) {
    if (error instanceof ChainruleError) throw error
    throw new FileError(
      `${where}: the file was not written: ${reason(error)}. Its old contents, if any, are untouched.`,
      {
        cause: error,
      },
    )
  }
}

/** Where the bytes end up, and the permissions to keep. Refuses what a rename would replace without asking. */
async function examineTarget(
  where: string,
  { fileSystem, path: paths }: NodeModules,
  path: string,
): Promise<{ readonly target: string; readonly mode: number | undefined }> {
  const target = await fileSystem.realpath(path).catch(unlessMissing)
  if (target === undefined) return { target: paths.resolve(path), mode: undefined }
  const status = await fileSystem.stat(target)
  if (!status.isFile()) throw new FileError(`${where}: this exists and is not a regular file. Choose another path.`)
  // A rename asks for the right to write to the folder only; this asks for the file's.
  await (await fileSystem.open(target, 'r+')).close()
  return { target, mode: status.mode & 0o7777 }
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0
  while (written < chunk.length) {
    // One system call takes at most 2 GiB.
    const length = Math.min(chunk.length - written, 1 << 30)
    const { bytesWritten } = await handle.write(chunk, written, length)
    written += bytesWritten
  }
}

/** What a system answers that cannot open or sync folders (Windows, some network file systems). */
const unsupportedCodes: readonly unknown[] = ['EACCES', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EPERM']

/** Makes the rename itself survive a power cut, where the platform allows. */
async function syncFolder(where: string, { fileSystem }: NodeModules, folder: string): Promise<void> {
  try {
    const handle = await fileSystem.open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && unsupportedCodes.includes(error.code)) return
    throw new FileError(
      `${where}: the file was written, but its folder could not be synced: ${reason(error)}. It may be lost in a power cut.`,
      { cause: error },
    )
  }
}
