import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { squareProduct } from '@chainrule/tensor/testing'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { bundlePage } from '../../../scripts/browser/bundle-page.js'
import { loadingMarks, slowLibrary } from './testing/slow-library.js'
import { WasmDevice } from './wasm-device.js'

let folder: string
let marks: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chainrule-loading-'))
  marks = join(folder, 'marks')
  await writeFile(marks, '')
})

afterEach(() => rm(folder, { recursive: true }))

const loaded = loadingMarks.begun + loadingMarks.done

it('ends workers when they have loaded their library, not in the middle', async () => {
  const size = 256
  const device = new WasmDevice({ threads: 2, blas: slowLibrary(marks, 500) })
  const [input, output] = [device.allocate(4 * size * size), device.allocate(4 * size * size)]
  device.run(squareProduct(size), [input, input], [output], [])
  await vi.waitFor(() => expect(readFileSync(marks, 'utf8')).not.toBe(''), { timeout: 60_000 })
  device.dispose()
  expect(readFileSync(marks, 'utf8')).toBe(loaded)
})

it('lets a process end that soon', { timeout: 120_000 }, async () => {
  const program = join(folder, 'end-while-loading.mjs')
  await writeFile(program, await bundlePage(fileURLToPath(new URL('./testing/end-while-loading.ts', import.meta.url))))
  await promisify(execFile)(process.execPath, [program, marks])
  expect(readFileSync(marks, 'utf8')).toBe(loaded)
})
