import type { Tensor } from '@chainrule/tensor'
import { collectBytes } from '../collect-bytes.js'
import { type HeldTensor, withHeldTensors } from '../held-tensor.js'
import { replaceFile } from '../replace-file.js'
import { writeElements } from '../write-elements.js'
import { writeHeader } from './write-header.js'

/**
 * Writes a tensor to a NumPy array file (version 1.0, C order), all or nothing: after a failure an existing file is as
 * it was. `numpy.load` gives an array of the same shape and dtype.
 *
 * @param path - a path or `file:` URL
 * @param tensor - the tensor; a variable is stored with the values it has at the call
 * @throws FileError where the file cannot be written or, in a browser, where there are no files; DisposedError for a
 *   disposed tensor
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @example
 * ```ts
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { tensor } from '@chainrule/tensor'
 * import { loadNpy, saveNpy } from '@chainrule/serialize'
 * const path = join(tmpdir(), 'example.npy')
 * await saveNpy(path, tensor([[1, 2], [3, 4]]))
 * console.log((await loadNpy(path)).shape) // [2, 2]
 * ```
 */
export async function saveNpy(path: string | URL, tensor: Tensor): Promise<void> {
  await withHeldTensors('saveNpy', { array: tensor }, (held) => replaceFile('saveNpy', path, writeNpy(held)))
}

/**
 * The bytes of a NumPy array file, for a browser to download or store; otherwise as `saveNpy`.
 *
 * @param tensor - the tensor
 * @returns the whole file
 * @throws DisposedError for a disposed tensor
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @example
 * ```ts
 * import { tensor } from '@chainrule/tensor'
 * import { encodeNpy } from '@chainrule/serialize'
 * console.log((await encodeNpy(tensor([1, 2]))).length) // 136: 128 of header, 8 of data
 * ```
 */
export async function encodeNpy(tensor: Tensor): Promise<Uint8Array<ArrayBuffer>> {
  return await withHeldTensors('encodeNpy', { array: tensor }, (held) => collectBytes(writeNpy(held)))
}

async function* writeNpy(held: readonly HeldTensor[]): AsyncGenerator<Uint8Array> {
  for (const { tensor } of held) {
    yield writeHeader(tensor.dtype, tensor.shape)
    yield writeElements(await tensor.data())
  }
}
