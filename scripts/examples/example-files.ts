import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Example, extractExamples } from './extract-examples.js'

const leftOut = new Set(['node_modules', 'dist', '.vitepress', 'api', 'coverage', '.turbo'])

function* walk(root: string, folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (leftOut.has(entry.name)) continue
    if (entry.isDirectory()) yield* walk(root, path)
    else yield path
  }
}

const isRead = (path: string): boolean =>
  (path.endsWith('.md') && !path.endsWith('CHANGELOG.md')) ||
  (path.includes('/src/') && /(?<!\.test|\.fixture|\.d)\.ts$/.test(path))

/** The examples of the README, the packages, the apps and the guides, by path relative to `root`. */
export function collectExamples(root: string): ReadonlyMap<string, readonly Example[]> {
  const examples = new Map<string, readonly Example[]>()
  for (const path of ['README.md', ...walk(root, 'packages'), ...walk(root, 'apps')]) {
    if (!isRead(path)) continue
    const found = extractExamples(path, readFileSync(join(root, path), 'utf8'))
    if (found.length > 0) examples.set(path, found)
  }
  return examples
}

/** The path of the module that stands for one example: beside its page, so that it resolves what the page could. */
export const examplePath = (path: string, index: number): string => `${path}.example-${index}.ts`

/** The page and the place in it of an example's module path, or undefined for any other path. */
export function parseExamplePath(modulePath: string): { path: string; index: number } | undefined {
  const match = /^(.*)\.example-(\d+)\.ts$/.exec(modulePath)
  return match?.[1] === undefined ? undefined : { path: match[1], index: Number(match[2]) }
}
