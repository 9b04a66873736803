import type { Module } from './module.js'

/** Told of each call of a module's `forward`: with the result, after it. */
export type ForwardWatcher = (module: Module, result: unknown) => void

/**
 * Runs a function while the calls of `forward` of a module and all modules under it are watched.
 *
 * @param root - the module
 * @param watcher - told of each call
 * @param run - the function
 * @returns its result
 */
export const watchForward = <T>(root: Module, watcher: ForwardWatcher, run: () => T): T => {
  const modules = root.modules()
  for (const module of modules) {
    const forward = module.forward.bind(module) as (...inputs: unknown[]) => unknown
    Object.defineProperty(module, 'forward', {
      configurable: true,
      value: (...inputs: unknown[]): unknown => {
        const result = forward(...inputs)
        watcher(module, result)
        return result
      },
    })
  }
  try {
    return run()
  } finally {
    for (const module of modules) Reflect.deleteProperty(module, 'forward')
  }
}
