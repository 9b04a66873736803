import { type FileSource, toBytes, withSource } from '../byte-source.js'
import type { LoadOptions } from '../make-tensor.js'
import { readBytes, readSource } from '../reading.js'
import { type SafetensorsContents, readSafetensors } from './read-safetensors.js'

/**
 * Reads the tensors and the metadata of a safetensors file.
 *
 * Everything the header says is checked before any tensor is allocated: lengths against the file's size, UTF-8, JSON
 * without duplicate names, dtypes, shapes, and offsets that cover the data without overlaps or holes. F16 and BF16
 * widen exactly to float32; I8, U8, I16, U16 and, where every value fits, U32, I64 and U64 become int32. F32, F64, I32
 * and BOOL keep their type.
 *
 * @param source - a path or `file:` URL (Node.js), a Uint8Array or other view, an ArrayBuffer, or a Blob
 * @param options - `device`: where the tensors go
 * @returns `tensors` by name, ready for `loadStateDict`, and `metadata`
 * @throws FormatError where the contents break the format or an integer does not fit; FileError where the file cannot
 *   be read; OutOfMemoryError where a tensor does not fit the memory. No tensor is left behind then.
 * @see https://huggingface.co/docs/safetensors
 *
 * @example
 * ```ts
 * import { tensor } from '@chainrule/tensor'
 * import { encodeSafetensors, loadSafetensors } from '@chainrule/serialize'
 * const bytes = await encodeSafetensors({ weight: tensor([[1, 2], [3, 4]]) })
 * const { tensors } = await loadSafetensors(new Blob([bytes]))
 * console.log(tensors.weight?.shape) // [2, 2]
 * ```
 */
export async function loadSafetensors(source: FileSource, options: LoadOptions = {}): Promise<SafetensorsContents> {
  return await withSource('loadSafetensors', source, (bytes) =>
    readSource(bytes, readSafetensors(bytes.where, bytes.size, options)),
  )
}

/**
 * Reads the tensors and the metadata of a safetensors file from its bytes, at once; otherwise as `loadSafetensors`.
 *
 * @param source - the bytes of the whole file; they are copied, never kept
 * @param options - `device`: where the tensors go
 * @returns `tensors` by name, and `metadata`
 * @throws FormatError where the contents break the format or an integer does not fit
 * @see https://huggingface.co/docs/safetensors
 *
 * @example
 * ```ts
 * import { tensor } from '@chainrule/tensor'
 * import { decodeSafetensors, encodeSafetensors } from '@chainrule/serialize'
 * const bytes = await encodeSafetensors({ bias: tensor([1, 2]) }, { metadata: { step: '7' } })
 * const { tensors, metadata } = decodeSafetensors(bytes)
 * console.log(tensors.bias?.shape, metadata.step) // [2] '7'
 * ```
 */
export function decodeSafetensors(
  source: ArrayBuffer | ArrayBufferView,
  options: LoadOptions = {},
): SafetensorsContents {
  const bytes = toBytes('decodeSafetensors', source)
  return readBytes(bytes, readSafetensors('decodeSafetensors', bytes.length, options))
}
