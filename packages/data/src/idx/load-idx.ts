import { ArgumentError, type Tensor, tensor } from '@chainrule/tensor'
import type { DataSource } from '../sources/data-source.js'
import type { IdxType } from './idx-header.js'
import { idxValues } from './idx-values.js'
import { readIdx } from './read-idx.js'

/** Element types that {@link loadIdx} makes. */
export type IdxDType = 'int32' | 'float32' | 'float64'

/** Options of {@link loadIdx}. */
export interface LoadIdxOptions {
  /** Element type of the tensor; by default the one that holds the file's type exactly. */
  readonly dtype?: IdxDType
}

const dtypeOf: Record<IdxType, IdxDType> = {
  uint8: 'int32',
  int8: 'int32',
  int16: 'int32',
  int32: 'int32',
  float32: 'float32',
  float64: 'float64',
}

const arrays = { int32: Int32Array, float32: Float32Array, float64: Float64Array }

/**
 * Loads an IDX file, the format of MNIST, plain or gzip.
 *
 * @param source - path, address, bytes or blob
 * @param options - `dtype` converts the elements
 * @returns a tensor of the shape that the file states: int32 for integers, float32 or float64 for floats, values unchanged
 * @throws SourceError when the source cannot be read
 * @throws FormatError when it is no IDX file, or shorter or longer than its header says
 *
 * @example
 * ```ts
 * import { loadIdx } from '@chainrule/data'
 * // two zeros, type 8 (bytes), two axes, sizes 1 and 3, the elements
 * const file = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 255)
 * const values = await loadIdx(file)
 * console.log(values.shape, values.dtype) // [1, 3] 'int32'
 * ```
 * @see http://yann.lecun.com/exdb/mnist/ (section "The IDX file format")
 */
export const loadIdx = async (source: DataSource, options: LoadIdxOptions = {}): Promise<Tensor> => {
  const file = await readIdx(source, 'loadIdx')
  const { dtype = dtypeOf[file.header.type] } = options
  if (!Object.hasOwn(arrays, dtype)) {
    throw new ArgumentError(
      `loadIdx: got dtype ${String(dtype)}, expected int32, float32 or float64. Load as one of those and convert with to().`,
    )
  }
  const size = file.header.shape.reduce((product, length) => product * length, 1)
  return tensor(idxValues(file, new arrays[dtype](size)), { shape: file.header.shape })
}
