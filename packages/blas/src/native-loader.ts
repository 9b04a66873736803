/** Types of C by which functions of a library are declared. */
export type NativeType = 'void' | 'int' | 'int64_t' | 'float' | 'double' | 'str' | 'uintptr_t'

/** A function of a library. */
export type NativeFunction = (...values: readonly (number | bigint)[]) => unknown

/** A library that is loaded. */
export interface NativeLibrary {
  /**
   * One of its functions.
   *
   * @param name - the symbol
   * @param gives - type of its result
   * @param takes - types of its arguments
   * @returns the function, or undefined where the library has no such symbol
   */
  find(name: string, gives: NativeType, takes: readonly NativeType[]): NativeFunction | undefined
}

/** Loads libraries: a port, so that tests can stand in for every platform. */
export interface NativeLoader {
  readonly platform: string
  readonly architecture: string
  /** Variables of the environment, which some libraries read. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Where workers find the package that loads libraries. */
  readonly modulePath: string
  /** Loads a library, or throws. */
  load(path: string): NativeLibrary
  /** Address of the first byte of an array that stays where it is while it is used. */
  addressOf(array: Float32Array | Float64Array | Uint8Array): number
}

/** The part of koffi that is used. */
interface Koffi {
  load(path: string): { func(name: string, gives: string, takes: readonly string[]): NativeFunction }
  address(array: ArrayBufferView): bigint
}

/** The part of Node.js that is used. */
interface NodeProcess {
  readonly platform: string
  readonly arch: string
  readonly env: Record<string, string | undefined>
  getBuiltinModule(name: 'node:module'): {
    createRequire(from: string): { (path: string): unknown; resolve(name: string): string }
  }
}

/**
 * The loader of this machine, on koffi.
 *
 * @returns the loader
 * @throws Error where koffi is missing, or has no binary for this platform
 */
export const koffiLoader = (): NativeLoader => {
  // Found without an import, which bundlers for browsers would follow.
  const { process } = globalThis as unknown as { readonly process?: NodeProcess }
  const require = process?.getBuiltinModule('node:module').createRequire(import.meta.url)
  if (process === undefined || require === undefined) throw new Error('native libraries need Node.js')
  const modulePath = require.resolve('koffi')
  const koffi = require(modulePath) as Koffi
  return {
    platform: process.platform,
    architecture: process.arch,
    variables: process.env,
    modulePath,
    load: (path) => {
      const library = koffi.load(path)
      return {
        find: (name, gives, takes) => {
          try {
            return library.func(name, gives, takes)
          } catch {
            return undefined
          }
        },
      }
    },
    addressOf: (array) => Number(koffi.address(array)),
  }
}
