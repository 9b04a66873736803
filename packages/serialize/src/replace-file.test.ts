import * as fileSystem from 'node:fs/promises'
import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ArgumentError } from '@chainrule/tensor'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { FileError } from './file-error.js'
import { replaceFile } from './replace-file.js'
import { asOrdinaryUser, inTemporaryFolder } from './testing/temporary-folder.js'

async function* chunks(...list: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const item of list) {
    await Promise.resolve()
    if (item instanceof Error) throw item
    yield new TextEncoder().encode(item)
  }
}

/** Names and contents of all files of a folder. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder)
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']))
}

type Call = (...list: unknown[]) => Promise<unknown>

/** Lets a test watch, and fail, each call to the file system and to the handles it opens. */
function interceptFileSystem(intercept: (call: string) => void): void {
  const original = process.getBuiltinModule.bind(process)
  const wrap = <Target extends object>(target: Target, label: string): Target =>
    new Proxy(target, {
      get(_, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return async (...list: unknown[]) => {
          const path = typeof list[0] === 'string' ? ` ${basename(list[0]).replace(/^\..*\.tmp$/, 'TEMPORARY')}` : ''
          intercept(`${String(name)}${label === '' ? path : ` ${label}`}`)
          const result = await (member as Call).apply(target, list)
          return name === 'open' ? wrap(result as object, `handle of${path}`) : result
        }
      },
    })
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) =>
    name === 'node:fs/promises' ? wrap(fileSystem, '') : (original as (name: string) => unknown)(name)) as never)
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('replaceFile', () => {
  it('makes a file of all chunks and leaves nothing else', () =>
    inTemporaryFolder(async (folder) => {
      await replaceFile('test', join(folder, 'file'), chunks('a', '', 'bc'))
      expect(await contents(folder)).toEqual({ file: 'abc' })
    }))

  it('takes a file: URL and replaces an existing file', () =>
    inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'a file'), 'the old contents')
      await replaceFile('test', pathToFileURL(join(folder, 'a file')), chunks('new'))
      expect(await contents(folder)).toEqual({ 'a file': 'new' })
    }))

  it('keeps the permissions of an existing file', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'file')
      await writeFile(path, 'old', { mode: 0o600 })
      await replaceFile('test', path, chunks('new'))
      expect((await stat(path)).mode & 0o777).toBe(0o600)
    }))

  it('follows a symbolic link', () =>
    inTemporaryFolder(async (folder) => {
      await mkdir(join(folder, 'elsewhere'))
      await writeFile(join(folder, 'elsewhere', 'file'), 'old')
      await symlink(join('elsewhere', 'file'), join(folder, 'link'))
      await replaceFile('test', join(folder, 'link'), chunks('new'))
      expect(await contents(join(folder, 'elsewhere'))).toEqual({ file: 'new' })
      expect(await readFile(join(folder, 'link'), 'utf8')).toBe('new')
    }))

  it('syncs the bytes before they take the place of the old file, and the folder after', () =>
    inTemporaryFolder(async (folder) => {
      const calls: string[] = []
      interceptFileSystem((call) => calls.push(call))
      await replaceFile('test', join(folder, 'file'), chunks('new'))
      const name = basename(folder)
      expect(calls).toEqual([
        'realpath file',
        'open TEMPORARY',
        'write handle of TEMPORARY',
        'sync handle of TEMPORARY',
        'close handle of TEMPORARY',
        'rename TEMPORARY',
        `open ${name}`,
        `sync handle of ${name}`,
        `close handle of ${name}`,
      ])
    }))

  it.each([
    'realpath file',
    'stat file',
    'open file',
    'open TEMPORARY',
    'chmod handle of TEMPORARY',
    'write handle of TEMPORARY',
    'sync handle of TEMPORARY',
    'close handle of TEMPORARY',
    'rename TEMPORARY',
  ])('leaves the old file, and no temporary one, when "%s" fails', (failing) =>
    inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'file'), 'old')
      let failures = 0
      interceptFileSystem((call) => {
        if (call !== failing) return
        failures += 1
        throw Object.assign(new Error('the disk is on fire'), { code: 'EIO', syscall: 'test' })
      })
      const result = replaceFile('test', join(folder, 'file'), chunks('new'))
      await expect(result).rejects.toThrow(FileError)
      await expect(result).rejects.toThrow('file: the file was not written: the disk is on fire. Its old contents')
      expect(failures).toBe(1)
      vi.restoreAllMocks()
      expect(await contents(folder)).toEqual({ file: 'old' })
    }),
  )

  it.each([
    { problem: new TypeError('half way'), type: FileError },
    { problem: new ArgumentError('half way'), type: ArgumentError },
  ])('leaves the old file, and no temporary one, when the chunks end in a $type.name', ({ problem, type }) =>
    inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'file'), 'old')
      const result = replaceFile('test', join(folder, 'file'), chunks('new', problem))
      await expect(result).rejects.toThrow(type)
      await expect(result).rejects.toThrow('half way')
      expect(await contents(folder)).toEqual({ file: 'old' })
    }),
  )

  it('forgives a folder that cannot be synced for lack of support, and reports any other failure', () =>
    inTemporaryFolder(async (folder) => {
      let code = 'EPERM'
      interceptFileSystem((call) => {
        if (call === `open ${basename(folder)}`) throw Object.assign(new Error('no'), { code, syscall: 'open' })
      })
      await replaceFile('test', join(folder, 'file'), chunks('first'))
      code = 'EIO'
      await expect(replaceFile('test', join(folder, 'file'), chunks('second'))).rejects.toThrow(
        'the file was written, but its folder could not be synced',
      )
      expect(await contents(folder)).toEqual({ file: 'second' })
    }))

  it('refuses a folder without the right to write', () =>
    inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'file'), 'old')
      await chmod(join(folder, 'file'), 0o666)
      await asOrdinaryUser(folder, async () => {
        await chmod(folder, 0o555)
        await expect(replaceFile('test', join(folder, 'file'), chunks('new'))).rejects.toThrow(FileError)
        await expect(replaceFile('test', join(folder, 'another'), chunks('new'))).rejects.toThrow('EACCES')
        expect(await contents(folder)).toEqual({ file: 'old' })
        await chmod(folder, 0o755)
      })
    }))

  it('refuses to replace a file without the right to write to it', () =>
    inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'file'), 'old')
      await chmod(join(folder, 'file'), 0o444)
      await asOrdinaryUser(folder, async () => {
        await expect(replaceFile('test', join(folder, 'file'), chunks('new'))).rejects.toThrow('EACCES')
        expect(await contents(folder)).toEqual({ file: 'old' })
      })
    }))

  it('refuses a missing folder, a folder as file, and a file as folder', () =>
    inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'file'), 'old')
      await mkdir(join(folder, 'folder'))
      await expect(replaceFile('test', join(folder, 'missing', 'file'), chunks('new'))).rejects.toThrow('ENOENT')
      await expect(replaceFile('test', join(folder, 'file', 'file'), chunks('new'))).rejects.toThrow('ENOTDIR')
      await expect(replaceFile('test', join(folder, 'folder'), chunks('new'))).rejects.toThrow('is not a regular file')
      expect((await readdir(folder)).sort()).toEqual(['file', 'folder'])
    }))

  it('says what to do where there is no file system', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
    await expect(replaceFile('saveNpy', 'file', chunks('new'))).rejects.toThrow(
      'saveNpy: got a path, but there is no file system here. Work with bytes',
    )
  })

  it('refuses a URL that is not a file', async () => {
    const url = new URL('https://example.org/model.safetensors')
    await expect(replaceFile('test', url, chunks('new'))).rejects.toThrow('test: got https: as URL, expected file:')
  })
})
