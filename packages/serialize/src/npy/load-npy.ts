import type { Tensor } from '@chainrule/tensor'
import { type FileSource, toBytes, withSource } from '../byte-source.js'
import { type LoadOptions, makeTensor } from '../make-tensor.js'
import { readElements } from '../read-elements.js'
import { type Reading, readBytes, readSource } from '../reading.js'
import { locateHeader, prefixLength, readHeader } from './read-header.js'
import { fortranToRowMajor } from './row-major.js'

/**
 * Reads a NumPy array file (format versions 1.0, 2.0 and 3.0) into a tensor.
 *
 * Either byte order and either memory order (C or Fortran) is read. float16 widens exactly to float32; int8, uint8,
 * int16, uint16 and, where every value fits, uint32, int64 and uint64 become int32. float32, float64, int32 and bool
 * keep their type. Structured, complex, text and object arrays are refused: nothing in a file is ever executed.
 *
 * @param source - a path or `file:` URL (Node.js), a Uint8Array or other view, an ArrayBuffer, or a Blob
 * @param options - `device`: where the tensor goes
 * @returns the tensor
 * @throws FormatError where the contents break the format, also where bytes are missing or left over; FileError where
 *   the file cannot be read; OutOfMemoryError where the array does not fit the memory
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @example
 * ```ts
 * import { tensor } from '@chainrule/tensor'
 * import { encodeNpy, loadNpy } from '@chainrule/serialize'
 * const array = await loadNpy(await encodeNpy(tensor([[1, 2, 3]])))
 * console.log(array.shape, array.dtype) // [1, 3] 'float32'
 * ```
 */
export async function loadNpy(source: FileSource, options: LoadOptions = {}): Promise<Tensor> {
  return await withSource('loadNpy', source, (bytes) => readSource(bytes, readNpy(bytes.where, bytes.size, options)))
}

/**
 * Reads a NumPy array file from its bytes, at once; otherwise as `loadNpy`.
 *
 * @param source - the bytes of the whole file; they are copied, never kept
 * @param options - `device`: where the tensor goes
 * @returns the tensor
 * @throws FormatError where the contents break the format, also where bytes are missing or left over
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @example
 * ```ts
 * import { tensor } from '@chainrule/tensor'
 * import { decodeNpy, encodeNpy } from '@chainrule/serialize'
 * console.log(decodeNpy(await encodeNpy(tensor([1, 2]))).shape) // [2]
 * ```
 */
export function decodeNpy(source: ArrayBuffer | ArrayBufferView, options: LoadOptions = {}): Tensor {
  const bytes = toBytes('decodeNpy', source)
  return readBytes(bytes, readNpy('decodeNpy', bytes.length, options))
}

function* readNpy(where: string, fileSize: number, options: LoadOptions): Reading<Tensor> {
  const prefix = yield { begin: 0, end: Math.min(prefixLength, fileSize) }
  const { begin, end, encoding } = locateHeader(where, prefix, fileSize)
  const text = yield { begin, end }
  const { type, isLittleEndian, isFortranOrder, shape } = readHeader(where, text, encoding, fileSize - end)
  const data = readElements(where, yield { begin: end, end: fileSize }, type, isLittleEndian)
  return makeTensor(isFortranOrder ? fortranToRowMajor(data, shape) : data, type, shape, options)
}
