import { collectBytes } from '../collect-bytes.js'
import { type NamedTensors, withHeldTensors } from '../held-tensor.js'
import { replaceFile } from '../replace-file.js'
import { writeSafetensors } from './write-safetensors.js'

/** Options of `saveSafetensors` and `encodeSafetensors`. */
export interface SafetensorsOptions {
  /** Strings to store beside the tensors, under `__metadata__`. */
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * Writes tensors to a safetensors file, all or nothing: after a failure an existing file is as it was.
 *
 * The bytes are those of the reference implementation: widest elements first, then by name. float64, float32, float16,
 * int32 and bool are stored as F64, F32, F16, I32 and BOOL. Variables are stored with the values they have at the call.
 *
 * @param path - a path or `file:` URL
 * @param tensors - tensors by name, such as `model.stateDict()`: a plain object or a Map
 * @param options - `metadata`: strings to store with them
 * @throws FileError where the file cannot be written or, in a browser, where there are no files; ArgumentError for a
 *   name or a text the format cannot hold; DisposedError for a disposed tensor
 * @see https://huggingface.co/docs/safetensors
 *
 * @example
 * ```ts
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { tensor } from '@chainrule/tensor'
 * import { loadSafetensors, saveSafetensors } from '@chainrule/serialize'
 * const path = join(tmpdir(), 'example.safetensors')
 * await saveSafetensors(path, { weight: tensor([1, 2, 3]) }, { metadata: { note: 'three numbers' } })
 * console.log((await loadSafetensors(path)).metadata.note) // 'three numbers'
 * ```
 */
export async function saveSafetensors(
  path: string | URL,
  tensors: NamedTensors,
  { metadata = {} }: SafetensorsOptions = {},
): Promise<void> {
  const where = 'saveSafetensors'
  await withHeldTensors(where, tensors, (held) => replaceFile(where, path, writeSafetensors(where, held, metadata)))
}

/**
 * The bytes of a safetensors file, for a browser to download or store; otherwise as `saveSafetensors`.
 *
 * @param tensors - tensors by name, such as `model.stateDict()`: a plain object or a Map
 * @param options - `metadata`: strings to store with them
 * @returns the whole file
 * @throws ArgumentError for a name or a text the format cannot hold; DisposedError for a disposed tensor
 * @see https://huggingface.co/docs/safetensors
 *
 * @example
 * ```ts
 * import { tensor } from '@chainrule/tensor'
 * import { decodeSafetensors, encodeSafetensors } from '@chainrule/serialize'
 * const bytes = await encodeSafetensors(new Map([['bias', tensor([1, 2])]]))
 * console.log(Object.keys(decodeSafetensors(bytes).tensors)) // ['bias']
 * ```
 */
export async function encodeSafetensors(
  tensors: NamedTensors,
  { metadata = {} }: SafetensorsOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const where = 'encodeSafetensors'
  return await withHeldTensors(where, tensors, (held) => collectBytes(writeSafetensors(where, held, metadata)))
}
