import type { NativeFunction, NativeLibrary, NativeLoader } from '../native-loader.js'

/** What a library of a pretended machine is like. */
export interface FakeLibraryOptions {
  /** Symbols that give a text or a number. */
  readonly answers?: Readonly<Record<string, string | number>>
  /** Symbols that are called with numbers. */
  readonly settings?: readonly string[]
  /** Ending and beginning of the symbols of the products; none where it has no products. */
  readonly products?: { readonly prefix?: string; readonly suffix?: string }
  /** Type that its sizes really have. */
  readonly integer?: 'int' | 'int64_t'
  /** How it goes wrong. */
  readonly flaw?: 'skips zeros' | 'reads C' | 'swaps'
}

/** Places of arrays on a pretended machine: the n-th lies at n · 2^32. */
const apart = 2 ** 32

/** A pretended machine: its platform and the files that it has, or the errors that loading them ends with. */
export class FakeLoader implements NativeLoader {
  readonly architecture = 'pretended'
  readonly variables: Readonly<Record<string, string>>
  readonly modulePath = '/nowhere/koffi'
  readonly platform: string
  readonly #files: Readonly<Record<string, FakeLibraryOptions | Error>>
  readonly #arrays: (Float32Array | Float64Array | Uint8Array)[] = []
  /** Names that were asked for, in order. */
  readonly asked: string[] = []
  /** Calls of settings. */
  readonly calls: [string, ...(number | bigint)[]][] = []

  constructor(
    platform: string,
    files: Readonly<Record<string, FakeLibraryOptions | Error>>,
    variables: Readonly<Record<string, string>> = {},
  ) {
    this.platform = platform
    this.variables = variables
    this.#files = files
  }

  load(path: string): NativeLibrary {
    this.asked.push(path)
    const file = this.#files[path]
    if (file === undefined) throw new Error(`Failed to load shared library: ${path}: No such file or directory`)
    if (file instanceof Error) throw file
    return { find: (name, _, takes) => this.#find(file, name, takes) }
  }

  addressOf(array: Float32Array | Float64Array | Uint8Array): number {
    this.#arrays.push(array)
    return this.#arrays.length * apart
  }

  #find(library: FakeLibraryOptions, name: string, takes: readonly string[]): NativeFunction | undefined {
    const { answers = {}, settings = [], products } = library
    const answer = answers[name]
    if (answer !== undefined) return () => answer
    if (settings.includes(name)) {
      return (...values) => {
        this.calls.push([name, ...values])
      }
    }
    if (products === undefined) return undefined
    const { prefix = '', suffix = '' } = products
    if (name !== `${prefix}cblas_sgemm${suffix}` && name !== `${prefix}cblas_dgemm${suffix}`) return undefined
    return (...values) => {
      // Sizes of the wrong width: what the library reads is not what was meant.
      if (takes[3] !== (library.integer ?? 'int')) return
      this.#multiply(library, values.map(Number))
    }
  }

  #multiply({ flaw }: FakeLibraryOptions, values: readonly number[]): void {
    const [, formA = 0, formB = 0, m = 0, n = 0, k = 0, , a = 0, lda = 0, b = 0, ldb = 0, , c = 0, ldc = 0] = values
    const [left, right, out] = [a, b, c].map((address) => this.#arrays[address / apart - 1] ?? new Float32Array())
    if (left === undefined || right === undefined || out === undefined) return
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = flaw === 'reads C' ? 0 * (out[i * ldc + j] ?? 0) : 0
        for (let p = 0; p < k; p++) {
          const x = left[formA === 112 ? p * lda + i : i * lda + p] ?? 0
          const y = right[(formB === 112) !== (flaw === 'swaps') ? j * ldb + p : p * ldb + j] ?? 0
          if (flaw !== 'skips zeros' || x !== 0) sum += x * y
        }
        out[i * ldc + j] = sum
      }
    }
  }
}

/** OpenBLAS as Debian builds it. */
export const fakeOpenBlas = (suffix = '', configuration = 'OpenBLAS 0.3.21 DYNAMIC_ARCH'): FakeLibraryOptions => ({
  answers: {
    [`openblas_get_config${suffix}`]: configuration,
    [`openblas_get_corename${suffix}`]: 'Zen',
    [`openblas_get_parallel${suffix}`]: 1,
  },
  settings: [`openblas_set_num_threads${suffix}`],
  products: { suffix },
})
