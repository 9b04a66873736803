import type { ContractionLibrary } from '../contraction-library.js'
import { scriptLibrary } from './script-library.js'

/** What workers write down while they load the library below. */
export const loadingMarks = { begun: 'b', done: 'd' } as const

/**
 * A library that workers take some time to load.
 *
 * @param path - file to which each worker adds a mark when it begins and when it is done
 * @param milliseconds - how long it takes
 * @returns the library
 */
export const slowLibrary = (path: string, milliseconds: number): ContractionLibrary => {
  const library = scriptLibrary()
  return {
    ...library,
    settings: { path, milliseconds, marks: loadingMarks },
    source: `
      const { appendFileSync } = process.getBuiltinModule('node:fs')
      if (!process.getBuiltinModule('node:worker_threads').isMainThread) {
        appendFileSync(settings.path, settings.marks.begun)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, settings.milliseconds)
        appendFileSync(settings.path, settings.marks.done)
      }
      ${library.source}`,
  }
}
