import { controlBlock } from './control-block.js'
import { builtinModule } from './features.js'

/** The memory through which the threads of a pool talk. */
interface SharedWords {
  readonly words: Int32Array
}

/** Longest wait for threads that load a library, in milliseconds. */
const patience = 10_000

/**
 * Makes workers load no native library from now on, and waits for those that are at it. A thread that is ended in the
 * middle takes the process with it: native modules abort when the engine fails under them.
 *
 * @param memory - of the pool
 */
export const endLoading = ({ words }: SharedWords): void => {
  const place = controlBlock.loading / 4
  Atomics.store(words, controlBlock.stop / 4, 1)
  const until = performance.now() + patience
  for (let count = Atomics.load(words, place); count > 0 && performance.now() < until;) {
    Atomics.wait(words, place, count, 50)
    count = Atomics.load(words, place)
  }
}

const watched = new Set<SharedWords>()
let isListening = false

/**
 * Calls `endLoading` when the process ends, which may be while its workers still start.
 *
 * @param memory - of the pool
 * @returns a function that takes it back
 */
export const endLoadingAtExit = (memory: SharedWords): (() => void) => {
  watched.add(memory)
  const process = builtinModule<{ on(event: 'exit', listener: () => void): void }>('node:process')
  if (!isListening && process !== undefined) {
    isListening = true
    process.on('exit', () => {
      for (const each of watched) endLoading(each)
    })
  }
  return () => {
    watched.delete(memory)
  }
}
