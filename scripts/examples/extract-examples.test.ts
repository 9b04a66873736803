import { expect, test } from 'vitest'
import { extractExamples } from './extract-examples.js'

test('a block keeps the line it has in the page', () => {
  expect(extractExamples('page.md', 'Text\n\n```ts\nlet a = 1\n```\n')).toEqual([
    { line: 4, code: '\n\n\nlet a = 1\n', notRun: undefined },
  ])
})

test('blocks of other languages are not examples', () => {
  expect(extractExamples('page.md', '```sh\nnpm test\n```\n```tsx\nx\n```\n')).toEqual([])
})

test('a continued block starts with the blocks before it', () => {
  const page = '```ts\nlet a = 1\n```\nThen\n```ts continued\na += 1\n```\n'
  expect(extractExamples('page.md', page).map(({ code }) => code)).toEqual([
    '\nlet a = 1\n',
    '\nlet a = 1\n\n\n\na += 1\n',
  ])
})

test('a block that is not run says why', () => {
  expect(extractExamples('page.md', '```ts no-run: needs a GPU\nf()\n```\n')[0]?.notRun).toBe('needs a GPU')
  expect(() => extractExamples('page.md', '```ts no-run\nf()\n```\n')).toThrow('page.md:1')
})

test('doc comments lose their stars, and code outside them is ignored', () => {
  const source = '/**\n * Adds.\n * ```ts\n * add(1, 2)\n * ```\n */\nexport const fence = "```ts"\n'
  expect(extractExamples('add.ts', source)).toEqual([{ line: 4, code: '\n\n\nadd(1, 2)\n', notRun: undefined }])
})

test('a block that is never closed is an error', () => {
  expect(() => extractExamples('page.md', '```ts\nf()\n')).toThrow('never closed')
})
