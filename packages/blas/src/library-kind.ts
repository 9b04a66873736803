import type { NativeLibrary, NativeType } from './native-loader.js'

/** A function that every thread calls before its first product. */
export interface Preparation {
  readonly name: string
  readonly takes: readonly NativeType[]
  readonly values: readonly number[]
}

/** What is known of a library. */
export interface LibraryKind {
  /** OpenBLAS, MKL, BLIS, Accelerate; `BLAS` where it does not say. */
  readonly family: string
  readonly version: string
  /** For which processor its kernels are, where it says. */
  readonly kernels: string
  /** Type of its integers: LP64 or ILP64. */
  readonly integer: 'int' | 'int64_t'
  /** Symbols of its products. */
  readonly sgemm: string
  readonly dgemm: string
  /** Whether threads may call it at the same time, each getting one thread's work done. */
  readonly isConcurrent: boolean
  /** Calls that hold it to one thread. */
  readonly prepare: readonly Preparation[]
}

/** Endings that builds give their symbols, and what they say about integers. */
const suffixes: readonly { readonly suffix: string; readonly integer: 'int' | 'int64_t' }[] = [
  { suffix: '', integer: 'int' },
  { suffix: '64_', integer: 'int64_t' },
  { suffix: '_64', integer: 'int64_t' },
]

/** Builds whose symbols all begin alike, such as those that come with SciPy. */
const prefixes: readonly string[] = ['', 'scipy_']

interface Symbols {
  readonly prefix: string
  readonly suffix: string
  readonly integer: 'int' | 'int64_t'
}

const has = (library: NativeLibrary, name: string): boolean => library.find(name, 'void', []) !== undefined

const text = (library: NativeLibrary, name: string): string => {
  const value = library.find(name, 'str', [])?.()
  return typeof value === 'string' ? value.trim() : ''
}

const whole = (library: NativeLibrary, name: string): number | undefined => {
  const value = library.find(name, 'int', [])?.()
  return typeof value === 'number' ? value : undefined
}

/** The symbols of the products; LP64 ones where a library has both. */
const symbolsOf = (library: NativeLibrary): Symbols | undefined => {
  for (const { suffix, integer } of suffixes) {
    for (const prefix of prefixes) {
      if (has(library, `${prefix}cblas_sgemm${suffix}`) && has(library, `${prefix}cblas_dgemm${suffix}`)) {
        return { prefix, suffix, integer }
      }
    }
  }
  return undefined
}

const single = (name: string, type: NativeType = 'int', value = 1): Preparation => ({
  name,
  takes: [type],
  values: [value],
})

/** OpenBLAS: its configuration names version, processor and width of integers. */
const openBlas = (library: NativeLibrary, symbols: Symbols): LibraryKind | undefined => {
  const { prefix, suffix } = symbols
  const named = (name: string): string => `${prefix}openblas_${name}${suffix}`
  if (!has(library, named('get_config'))) return undefined
  const configuration = text(library, named('get_config'))
  const setThreads = named('set_num_threads')
  return {
    ...productsOf(symbols),
    family: 'OpenBLAS',
    version: /OpenBLAS (\S+)/.exec(configuration)?.[1] ?? 'of unknown version',
    kernels: text(library, named('get_corename')),
    integer: configuration.includes('USE64BITINT') ? 'int64_t' : symbols.integer,
    // A build without threads (0) has no locks either, unless it was told to.
    isConcurrent: (whole(library, named('get_parallel')) ?? 0) !== 0 && has(library, setThreads),
    prepare: has(library, setThreads) ? [single(setThreads)] : [],
  }
}

/** MKL: asked for its sequential layer, and for bits that do not depend on how memory is aligned. */
const mkl = (library: NativeLibrary, symbols: Symbols): LibraryKind | undefined => {
  if (!has(library, 'MKL_Set_Num_Threads') && !has(library, 'MKL_Get_Max_Threads')) return undefined
  const [lp64, sequential, automatic] = [0, 1, 2]
  const prepare = [
    // The plain names of the runtime library follow this setting; names with an ending do not.
    ...(symbols.suffix === '' ? [single('MKL_Set_Interface_Layer', 'int', lp64)] : []),
    single('MKL_Set_Threading_Layer', 'int', sequential),
    single('MKL_CBWR_Set', 'int', automatic),
    single('MKL_Set_Num_Threads'),
  ].filter(({ name }) => has(library, name))
  return {
    ...productsOf(symbols),
    family: 'MKL',
    version: 'of unknown version',
    kernels: '',
    integer: symbols.integer,
    isConcurrent: has(library, 'MKL_Set_Num_Threads'),
    prepare,
  }
}

const blis = (library: NativeLibrary, symbols: Symbols): LibraryKind | undefined => {
  if (!has(library, 'bli_info_get_version_str')) return undefined
  const setThreads = 'bli_thread_set_num_threads'
  return {
    ...productsOf(symbols),
    family: 'BLIS',
    version: text(library, 'bli_info_get_version_str'),
    kernels: '',
    integer: whole(library, 'bli_info_get_blas_int_type_size') === 64 ? 'int64_t' : symbols.integer,
    isConcurrent: has(library, setThreads),
    // Its own integers have 64 bits on 64-bit machines, whatever those of its BLAS have.
    prepare: has(library, setThreads) ? [single(setThreads, 'int64_t')] : [],
  }
}

/** Accelerate divides the work among its own threads and cannot be told otherwise once it runs. */
const accelerate = (_: NativeLibrary, symbols: Symbols, path: string): LibraryKind | undefined =>
  path.includes('Accelerate.framework')
    ? {
        ...productsOf(symbols),
        family: 'Accelerate',
        version: 'of this macOS',
        kernels: '',
        integer: symbols.integer,
        isConcurrent: false,
        prepare: [],
      }
    : undefined

const productsOf = ({ prefix, suffix }: Symbols): Pick<LibraryKind, 'sgemm' | 'dgemm'> => ({
  sgemm: `${prefix}cblas_sgemm${suffix}`,
  dgemm: `${prefix}cblas_dgemm${suffix}`,
})

/** A library that has the products and says nothing of itself: nobody knows its threads, so one thread calls it. */
const unknown = (_: NativeLibrary, symbols: Symbols): LibraryKind => ({
  ...productsOf(symbols),
  family: 'BLAS',
  version: 'of unknown make',
  kernels: '',
  integer: symbols.integer,
  isConcurrent: false,
  prepare: [],
})

/**
 * Finds out what a library is, by its symbols.
 *
 * @param library - the library
 * @param path - where it is from
 * @returns its kind, or undefined where it has no matrix products for C
 */
export const libraryKind = (library: NativeLibrary, path: string): LibraryKind | undefined => {
  const symbols = symbolsOf(library)
  if (symbols === undefined) return undefined
  for (const recognise of [openBlas, mkl, blis, accelerate]) {
    const kind = recognise(library, symbols, path)
    if (kind !== undefined) return kind
  }
  return unknown(library, symbols)
}
