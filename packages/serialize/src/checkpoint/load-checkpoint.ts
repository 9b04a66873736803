import { type FileSource, toBytes, withSource } from '../byte-source.js'
import type { LoadOptions } from '../make-tensor.js'
import { readBytes, readSource } from '../reading.js'
import type { Checkpoint } from './checkpoint.js'
import { readCheckpoint } from './read-checkpoint.js'

/**
 * Reads what `saveCheckpoint` wrote: the same structure, with new tensors and every number bit for bit.
 *
 * @param source - a path or `file:` URL (Node.js), a Uint8Array or other view, an ArrayBuffer, or a Blob
 * @param options - `device`: where the tensors go
 * @returns the contents; the type argument says what they are and is not checked
 * @throws FormatError where the file is damaged or no checkpoint; FileError where it cannot be read; OutOfMemoryError
 *   where a tensor does not fit the memory. No tensor is left behind then.
 *
 * @example
 * ```ts
 * import { type Tensor, tensor } from '@chainrule/tensor'
 * import { encodeCheckpoint, loadCheckpoint } from '@chainrule/serialize'
 * const bytes = await encodeCheckpoint({ model: { weight: tensor([1, 2]) }, step: 7, best: Infinity })
 * const { model, step, best } = await loadCheckpoint<{
 *   model: Record<string, Tensor>
 *   step: number
 *   best: number
 * }>(bytes)
 * console.log(Object.keys(model), step, best) // ['weight'] 7 Infinity
 * ```
 */
export async function loadCheckpoint<Contents = Checkpoint>(
  source: FileSource,
  options: LoadOptions = {},
): Promise<Contents> {
  return await withSource(
    'loadCheckpoint',
    source,
    async (bytes) => (await readSource(bytes, readCheckpoint(bytes.where, bytes.size, options))) as Contents,
  )
}

/**
 * Reads a checkpoint from its bytes, at once; otherwise as `loadCheckpoint`.
 *
 * @param source - the bytes of the whole file; they are copied, never kept
 * @param options - `device`: where the tensors go
 * @returns the contents; the type argument says what they are and is not checked
 * @throws FormatError where the bytes are damaged or no checkpoint
 *
 * @example
 * ```ts
 * import { decodeCheckpoint, encodeCheckpoint } from '@chainrule/serialize'
 * const bytes = await encodeCheckpoint({ config: { layers: [784, 10], dropout: null } })
 * console.log(decodeCheckpoint(bytes)) // { config: { layers: [784, 10], dropout: null } }
 * ```
 */
export function decodeCheckpoint<Contents = Checkpoint>(
  source: ArrayBuffer | ArrayBufferView,
  options: LoadOptions = {},
): Contents {
  const bytes = toBytes('decodeCheckpoint', source)
  return readBytes(bytes, readCheckpoint('decodeCheckpoint', bytes.length, options)) as Contents
}
