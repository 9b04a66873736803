import type { LibraryKind } from './library-kind.js'
import type { NativeFunction, NativeLibrary, NativeLoader } from './native-loader.js'

/** Row-major order, and operands as they are or transposed, in the numbers of the C interface. */
const order = { rowMajor: 101, plain: 111, transposed: 112 } as const

/** Sizes that are checked: one for kernels of small products, one with whole and partial tiles of any kernel. */
const sizes = [3, 45] as const

type Numbers = Float32Array | Float64Array

interface Checked {
  readonly name: string
  readonly make: (length: number) => Numbers
}

/** A small whole number that differs from place to place. */
const element = (row: number, column: number): number => ((3 * row + 5 * column) % 7) - 3

const problemOf = (product: NativeFunction, loader: NativeLoader, { name, make }: Checked): string | undefined => {
  for (const size of sizes) {
    const inner = size + 1
    const [a, b, c] = [make(size * inner), make(inner * size), make(size * size)]
    for (const transposed of [false, true]) {
      for (let i = 0; i < size; i++) {
        for (let k = 0; k < inner; k++) {
          a[i * inner + k] = element(i, k)
          b[transposed ? i * inner + k : k * size + i] = element(k, i + 1)
        }
      }
      // Zeros of A meet NaN and infinity in the first column of B, whose sums are therefore NaN.
      for (let i = 0; i < size; i++) a[i * inner] = a[i * inner + 1] = 0
      b[0] = NaN
      b[transposed ? 1 : size] = Infinity
      c.fill(NaN)
      const { rowMajor, plain, transposed: asTransposed } = order
      const [atA, atB, atC] = [loader.addressOf(a), loader.addressOf(b), loader.addressOf(c)]
      const form = transposed ? asTransposed : plain
      const leading = transposed ? inner : size
      product(rowMajor, plain, form, size, size, inner, 1, atA, inner, atB, leading, 0, atC, size)
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          let sum = 0
          for (let k = 0; k < inner; k++) {
            const right = b[transposed ? j * inner + k : k * size + j] ?? NaN
            sum += (a[i * inner + k] ?? NaN) * right
          }
          const got = c[i * size + j] ?? 0
          // Sums of small whole numbers are exact in any order.
          if (Object.is(got, sum) || got === sum) continue
          return Number.isNaN(sum) && j === 0
            ? `${name}: 0 × NaN gives ${got}, expected NaN`
            : `${name}: a product of small numbers gives ${got}, expected ${sum}`
        }
      }
    }
  }
  return undefined
}

/**
 * Multiplies small matrices to see that a library does what its symbols promise: results, integers of the width that was
 * found out, NaN and infinities that propagate, and results that do not depend on what was there before.
 *
 * @param library - the library, prepared
 * @param kind - what is known of it
 * @param loader - for addresses of arrays
 * @returns what is wrong, or undefined
 */
export const checkProducts = (library: NativeLibrary, kind: LibraryKind, loader: NativeLoader): string | undefined => {
  const checked: readonly (Checked & { readonly number: 'float' | 'double' })[] = [
    { name: kind.sgemm, number: 'float', make: (length) => new Float32Array(length) },
    { name: kind.dgemm, number: 'double', make: (length) => new Float64Array(length) },
  ]
  for (const each of checked) {
    const product = library.find(each.name, 'void', productParameters(kind.integer, each.number))
    if (product === undefined) return `it has no ${each.name}`
    const problem = problemOf(product, loader, each)
    if (problem !== undefined) return problem
  }
  return undefined
}

/**
 * The parameters of `cblas_?gemm`: order, two transpositions, three sizes, alpha, A, B with leading dimensions, beta, C. They are
 * declared as numbers: an address as a number costs no object.
 *
 * @param integer - type of sizes
 * @param number - type of factors
 * @returns the types
 */
export const productParameters = (integer: 'int' | 'int64_t', number: 'float' | 'double') =>
  [
    'int',
    'int',
    'int',
    integer,
    integer,
    integer,
    number,
    'uintptr_t',
    integer,
    'uintptr_t',
    integer,
    number,
    'uintptr_t',
    integer,
  ] as const
