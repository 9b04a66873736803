import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { device, setDevice } from '@chainrule/tensor'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { root } from '../process.mjs'
import { collectExamples, examplePath } from './example-files.js'
import { extractExamples } from './extract-examples.js'
import { typeErrors } from './type-errors.js'

const examples = collectExamples(root)
const folder = mkdtempSync(join(tmpdir(), 'chainrule-examples-'))
const start = process.cwd()
let errors: ReadonlyMap<string, string[]>

beforeAll(() => {
  errors = typeErrors(root, examples)
  // Examples may write files, and they print.
  process.chdir(folder)
  for (const method of ['log', 'info', 'table'] as const) vi.spyOn(console, method).mockImplementation(() => undefined)
}, 120_000)

afterAll(() => {
  process.chdir(start)
  rmSync(folder, { recursive: true, force: true })
})

test('a type error in an example is reported with its line in the page', () => {
  const page = extractExamples('page.md', 'Text\n```ts\nconst text: string = 1\n```\n')
  const found = typeErrors(root, new Map([['page.md', page]]))
  expect(found.get('page.md.example-0.ts')).toEqual([
    "line 3, column 7: Type 'number' is not assignable to type 'string'.",
  ])
})

describe.each([...examples])('%s', (path, list) => {
  test.each(list.map(({ line, notRun }, index) => ({ line, notRun, index })))(
    'the example at line $line holds',
    { timeout: 60_000 },
    async ({ index, notRun }) => {
      const module = examplePath(path, index)
      expect(errors.get(module), 'type errors').toEqual([])
      if (notRun !== undefined) return
      const before = device()
      await import(/* @vite-ignore */ join(root, module).replaceAll('\\', '/'))
      // Each example starts on the device that a reader starts on.
      if (device() !== before) await setDevice(before)
    },
  )
})
