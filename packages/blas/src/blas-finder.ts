import { DeviceError } from '@chainrule/tensor'
import type { ContractionLibrary, LibraryFinder } from '@chainrule/wasm'
import { openBlas } from './blas-library.js'
import { libraryNames } from './library-names.js'
import { koffiLoader, type NativeLoader } from './native-loader.js'

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * Finds the machine's BLAS. Looks once; what was found, or why nothing was, stays.
 *
 * @example
 * ```ts
 * import { BlasFinder } from '@chainrule/blas'
 * const finder = new BlasFinder()
 * console.log(finder.findAny()?.name ?? finder.explain()) // such as 'OpenBLAS 0.3.21'
 * ```
 */
export class BlasFinder implements LibraryFinder {
  readonly #makeLoader: () => NativeLoader
  readonly #opened = new Map<string, ContractionLibrary>()
  #loader: NativeLoader | undefined
  #any: ContractionLibrary | undefined
  #explanation: string | undefined

  /** @param makeLoader - how libraries are loaded; by default with koffi */
  constructor(makeLoader: () => NativeLoader = koffiLoader) {
    this.#makeLoader = makeLoader
  }

  /**
   * The first library that works, by the usual names of the platform.
   *
   * @returns the library, or undefined; `explain` says why
   */
  findAny(): ContractionLibrary | undefined {
    if (this.#explanation === undefined) this.#explanation = this.#look()
    return this.#any
  }

  /**
   * The library at a path.
   *
   * @param path - a path, or a name that the system looks up
   * @returns the library
   * @throws DeviceError where it is missing, broken, or no BLAS that can be used
   */
  open(path: string): ContractionLibrary {
    const known = this.#opened.get(path)
    if (known !== undefined) return known
    const loader = this.#loaderOrProblem()
    const opened = typeof loader === 'string' ? { problem: loader } : openBlas(path, loader)
    if ('problem' in opened) {
      throw new DeviceError(
        `setDevice: got blas '${path}', expected a BLAS for this machine (${opened.problem}). ` +
          `Check the path, or leave blas out to take any that is found.`,
      )
    }
    this.#opened.set(path, opened.library)
    return opened.library
  }

  /**
   * What was found, or what was looked for and how to get it.
   *
   * @returns a text for people
   */
  explain(): string {
    this.findAny()
    return this.#explanation ?? ''
  }

  #loaderOrProblem(): NativeLoader | string {
    try {
      return (this.#loader ??= this.#makeLoader())
    } catch (error) {
      return `koffi, which loads libraries, does not work here: ${reasonOf(error).split('\n')[0]}`
    }
  }

  #look(): string {
    const loader = this.#loaderOrProblem()
    if (typeof loader === 'string') return loader
    const { names, advice } = libraryNames(loader.platform)
    const broken: string[] = []
    for (const name of names) {
      const opened = openBlas(name, loader)
      if ('library' in opened) {
        this.#opened.set(name, opened.library)
        this.#any = opened.library
        return `found ${opened.library.name} (${name})`
      }
      if (!isMissing(opened.problem, name)) broken.push(`${name}: ${opened.problem}`)
    }
    return [
      `none found on ${loader.platform} ${loader.architecture}; looked for ${names.join(', ')}`,
      ...broken.map((line) => `there, but of no use: ${line}`),
      advice,
    ].join('; ')
  }
}

/** Whether a problem only says that there is no such file, in the words of dlopen, dyld or Windows. */
const isMissing = (problem: string, name: string): boolean =>
  /no such file|cannot find|not found|could not be found|image not found/i.test(problem) &&
  // The system also says so of a library that a library needs, which is worth telling.
  (problem.includes(name) || !/\.so|\.dylib|\.dll/i.test(problem))
