import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ArgumentError, FormatError } from '@chainrule/tensor'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type FileSource, withSource } from './byte-source.js'
import { FileError } from './file-error.js'
import { inTemporaryFolder } from './testing/temporary-folder.js'

const bytes = Uint8Array.of(9, 0, 1, 2, 3, 4, 9).subarray(1, 6)

async function readMiddle(source: FileSource): Promise<readonly number[]> {
  return await withSource('test', source, async (opened) => {
    const middle = await opened.read(1, 4)
    // What is read belongs to the reader.
    middle.fill(0, 2)
    return [opened.size, ...middle, ...(await opened.read(3, 5))]
  })
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('withSource', () => {
  it.each([
    { name: 'a view of bytes', source: bytes },
    { name: 'a Buffer', source: Buffer.from(bytes) },
    { name: 'a DataView', source: new DataView(bytes.buffer, 1, 5) },
    { name: 'an ArrayBuffer', source: bytes.slice().buffer },
    { name: 'a Blob', source: new Blob([bytes.subarray(0, 2), bytes.subarray(2)]) },
    { name: 'shared memory', source: new Uint8Array(new SharedArrayBuffer(5)).map((_, index) => index) },
  ])('reads stretches of $name, which stays as it was', async ({ source }) => {
    expect(await readMiddle(source)).toEqual([5, 1, 2, 0, 3, 4])
    expect([...bytes]).toEqual([0, 1, 2, 3, 4])
  })

  it('reads stretches of a file, by path and by URL', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a file')
      await writeFile(path, bytes)
      expect(await readMiddle(path)).toEqual([5, 1, 2, 0, 3, 4])
      expect(await readMiddle(pathToFileURL(path))).toEqual([5, 1, 2, 0, 3, 4])
    }))

  it('refuses a missing file, a folder and an address on the network', () =>
    inTemporaryFolder(async (folder) => {
      await mkdir(join(folder, 'folder'))
      await expect(readMiddle(join(folder, 'missing'))).rejects.toThrow(FileError)
      await expect(readMiddle(join(folder, 'missing'))).rejects.toThrow('missing: the file cannot be read: ENOENT')
      await expect(readMiddle(join(folder, 'folder'))).rejects.toThrow('folder: this is not a regular file')
      await expect(readMiddle(new URL('https://example.org/'))).rejects.toThrow('got https: as URL, expected file:')
    }))

  it('notices a file that becomes shorter', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'file')
      await writeFile(path, bytes)
      const result = withSource('test', path, async (opened) => {
        await truncate(path, 2)
        return await opened.read(0, 5)
      })
      await expect(result).rejects.toThrow(FormatError)
      await expect(result).rejects.toThrow('became shorter')
    }))

  it('passes on what the reader throws', async () => {
    await expect(withSource('test', bytes, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  })

  it('refuses what is no source', async () => {
    await expect(readMiddle(7 as unknown as string)).rejects.toThrow(ArgumentError)
    await expect(readMiddle(null as unknown as string)).rejects.toThrow('expected a path, a file: URL')
  })

  it('says what to do with a path where there is no file system', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
    await expect(readMiddle('file')).rejects.toThrow('there is no file system here. Work with bytes')
    expect(await readMiddle(bytes)).toEqual([5, 1, 2, 0, 3, 4])
  })
})
