import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'

const mark = Symbol.for('@chainrule/tensor')
const registry = globalThis as { [mark]?: string }
const before = registry[mark]

afterEach(() => {
  if (before === undefined) delete registry[mark]
  else registry[mark] = before
})

interface SingleCopy {
  readonly assertSingleCopy: () => void
}

describe('two copies of the package in one process', () => {
  test('are named in an error that says what to do', async () => {
    const { assertSingleCopy } = await import('./single-copy.js')
    assertSingleCopy()
    const folder = mkdtempSync(`${tmpdir()}/chainrule-copy-`)
    try {
      for (const name of ['single-copy.ts', 'errors.ts']) {
        copyFileSync(fileURLToPath(new URL(name, import.meta.url)), `${folder}/${name}`)
      }
      const other = (await import(/* @vite-ignore */ pathToFileURL(`${folder}/single-copy.ts`).href)) as SingleCopy
      expect(() => {
        other.assertSingleCopy()
      }).toThrow(
        /^@chainrule\/tensor: got two copies in one process: .*single-copy.ts and .*chainrule-copy-.*, expected one\. Align the versions of the @chainrule packages \(npm ls @chainrule\/tensor\) and install again\.$/,
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('are one where only the query of the address differs, as development servers make it', async () => {
    const { assertSingleCopy } = await import('./single-copy.js')
    assertSingleCopy()
    const again = (await import(
      /* @vite-ignore */ `${new URL('./single-copy.ts', import.meta.url).href}?t=2`
    )) as SingleCopy
    expect(again.assertSingleCopy).not.toBe(assertSingleCopy)
    expect(again.assertSingleCopy).not.toThrow()
  })

  test('are one after the module was loaded anew', async () => {
    const first = await import('./single-copy.js')
    first.assertSingleCopy()
    vi.resetModules()
    const second = await import('./single-copy.js')
    expect(second.assertSingleCopy).not.toThrow()
  })
})
