import { readdirSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'

/** Every module of the package, by its path from this folder. */
const modules = readdirSync(new URL('.', import.meta.url), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(path))
  .map((path) => path.replaceAll('\\', '/'))

/** Bundlers and tree shaking change which module of a cycle runs first; none may depend on it. */
describe('every module may be the first to load', () => {
  test.each(modules)('%s', async (path) => {
    vi.resetModules()
    await import(new URL(path, import.meta.url).href)
    const { opTable } = await import('./op-table.js')
    expect(Object.entries(opTable).filter(([, definition]) => (definition as unknown) === undefined)).toEqual([])
    const { elementwiseTable } = await import('./ops/elementwise-table.js')
    expect(Object.keys(elementwiseTable).length).toBeGreaterThan(50)
  })
})
