import { ArgumentError, DeviceError } from '@chainrule/tensor'

/**
 * C = op(A) · op(B) of row-major matrices, as kernels call it: `rows` × `inner` times `inner` × `columns`. Everything is a 32-bit
 * word: whether an operand lies transposed (0 or 1), sizes, byte addresses in the memory of the device, leading dimensions in
 * elements, and whether the product is added to C (1). Else (0) what C holds before is not read.
 */
export type MatrixProduct = (
  transposedA: number,
  transposedB: number,
  rows: number,
  columns: number,
  inner: number,
  a: number,
  leadingA: number,
  b: number,
  leadingB: number,
  accumulate: number,
  c: number,
  leadingC: number,
) => void

/** The products of a library, by the names under which kernels import them. */
export interface MatrixProducts extends Record<string, MatrixProduct> {
  readonly sgemm: MatrixProduct
  readonly dgemm: MatrixProduct
}

/** A product that a library might compute. */
export interface ProductShape {
  readonly rows: number
  readonly columns: number
  readonly inner: number
  /** Bytes of an element: 4 or 8. */
  readonly itemBytes: number
}

/** A native library that multiplies matrices for kernels. */
export interface ContractionLibrary {
  /** Name and version, for people. */
  readonly name: string
  /**
   * Body of a function of `memory` (the `WebAssembly.Memory`) and `settings` that returns `MatrixProducts`. Every thread
   * evaluates it for itself, so it is text that refers to nothing else.
   */
  readonly source: string
  /** What the source needs to know; it is posted to workers. */
  readonly settings: unknown
  /** Whether several threads may call it at the same time; else only the main thread calls it. */
  readonly isConcurrent: boolean
  /**
   * Whether it is faster than the device's own kernels: a function of sizes alone, since results depend on it.
   *
   * @param shape - of the product
   */
  prefers(shape: ProductShape): boolean
  /** What `doctor` and saved environments say about it. */
  describe(): Readonly<Record<string, string | number | boolean>>
}

/** Which library a device should use: one that is found, none, or the one at a path. */
export type LibraryChoice = 'auto' | false | (string & {})

/** What a package that finds libraries registers. */
export interface LibraryFinder {
  /** The first library that works, if any; never throws. */
  findAny(): ContractionLibrary | undefined
  /** The library at a path; throws where it does not work. */
  open(path: string): ContractionLibrary
  /** Where was looked, why there is none, and what to do. */
  explain(): string
}

let finder: LibraryFinder | undefined

/**
 * Makes the device look for native libraries; the package that finds them calls it when it is imported.
 *
 * @param found - the finder
 */
export const registerLibraryFinder = (found: LibraryFinder): void => {
  finder = found
}

/** Why there is no library where any would do. */
export const whyNoLibrary = (): string =>
  finder?.explain() ?? "not looked for: npm install @chainrule/blas, and import '@chainrule/blas'"

/**
 * The library that a choice means.
 *
 * @param choice - what was asked for
 * @returns the library, or none
 * @throws ArgumentError when the choice is neither `'auto'`, `false` nor a path
 * @throws DeviceError when a path was given and there is no package to open it, or it cannot be opened
 */
export const chosenLibrary = (choice: LibraryChoice): ContractionLibrary | undefined => {
  if (choice === false) return undefined
  if (typeof choice !== 'string' || choice === '') {
    throw new ArgumentError(
      `setDevice: got blas ${JSON.stringify(choice)}, expected 'auto', false or the path of a library. Leave blas out for 'auto'.`,
    )
  }
  if (choice === 'auto') return finder?.findAny()
  if (finder === undefined) {
    throw new DeviceError(
      `setDevice: got blas '${choice}', expected the package that loads such libraries to be imported. ` +
        `npm install @chainrule/blas, and import '@chainrule/blas'.`,
    )
  }
  return finder.open(choice)
}

/**
 * Makes a library ready for one thread, the one that calls this.
 *
 * @param library - the library
 * @param memory - of the device
 * @returns its products
 */
export const productsOf = ({ source, settings }: ContractionLibrary, memory: WebAssembly.Memory): MatrixProducts => {
  // Workers can only be given text, and every thread should run the same.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text comes from an installed package
  const load = new Function('memory', 'settings', source) as (
    memory: WebAssembly.Memory,
    settings: unknown,
  ) => MatrixProducts
  return load(memory, settings)
}
