import type { ContractionLibrary } from '../contraction-library.js'

/** What a pretended library is like. */
export interface ScriptLibraryOptions {
  readonly isConcurrent?: boolean
  readonly prefers?: ContractionLibrary['prefers']
}

/**
 * A library in JavaScript, so that whatever calls libraries can be tested where there is none. It refuses what BLAS refuses:
 * leading dimensions that are too small. Of its C it reads nothing.
 *
 * @param options - who may call it, and for which products
 * @returns the library
 */
export const scriptLibrary = ({
  isConcurrent = true,
  prefers = () => true,
}: ScriptLibraryOptions = {}): ContractionLibrary => ({
  name: 'script',
  source: `
    const productOf = (Numbers) => (formA, formB, m, n, k, a, lda, b, ldb, accumulate, c, ldc) => {
      const least = (form, rows, columns) => Math.max(1, form ? rows : columns)
      if (lda < least(formA, m, k) || ldb < least(formB, k, n) || ldc < Math.max(1, n)) {
        throw new Error('leading dimensions ' + [lda, ldb, ldc] + ' are too small')
      }
      const all = new Numbers(memory.buffer)
      const [left, right, out] = [a, b, c].map((address) => (address >>> 0) / all.BYTES_PER_ELEMENT)
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = accumulate ? all[out + i * ldc + j] : 0
          for (let p = 0; p < k; p++) {
            sum += all[left + (formA ? p * lda + i : i * lda + p)] * all[right + (formB ? j * ldb + p : p * ldb + j)]
          }
          all[out + i * ldc + j] = sum
        }
      }
    }
    return { sgemm: productOf(Float32Array), dgemm: productOf(Float64Array) }`,
  settings: undefined,
  isConcurrent,
  prefers,
  describe: () => ({ blas: 'script' }),
})
