import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'
import { parseExamplePath } from './example-files.js'
import { extractExamples } from './extract-examples.js'

/** Serves every example as a module of its own, so that it goes through the same pipeline as the sources. */
export function examplesPlugin(): Plugin {
  return {
    name: 'chainrule-examples',
    enforce: 'pre',
    resolveId(id) {
      return parseExamplePath(id) === undefined ? undefined : id
    },
    load(id) {
      const place = parseExamplePath(id)
      if (place === undefined) return undefined
      return extractExamples(place.path, readFileSync(place.path, 'utf8'))[place.index]?.code
    },
  }
}
