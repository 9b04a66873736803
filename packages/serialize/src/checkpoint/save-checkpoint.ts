import { collectBytes } from '../collect-bytes.js'
import { withHeldTensors } from '../held-tensor.js'
import { replaceFile } from '../replace-file.js'
import { writeSafetensors } from '../safetensors/write-safetensors.js'
import { checkpointFormat, checkpointVersion } from './checkpoint.js'
import { flatten } from './flatten.js'

/**
 * Writes everything a run needs to go on to one file, all or nothing: after a failure an existing file is as it was.
 *
 * The contents may nest tensors, numbers, strings, booleans, null, undefined, arrays, plain objects and maps from
 * strings; whatever has a `stateDict()` is stored as that. Numbers come back bit for bit, also −0, NaN and infinities.
 * Variables are stored with the values they have at the call. The file is a safetensors file: each tensor is called by
 * its path (`model.layer.weight`, `optimizer.state.0.exp_avg`), and the metadata carries the rest as JSON.
 *
 * @param path - a path or `file:` URL
 * @param contents - a plain object such as `{model, optimizer, schedule, random, epoch, step, config}`
 * @throws ArgumentError with the path of what cannot be stored: bigints, functions, other class instances, cycles;
 *   FileError where the file cannot be written; DisposedError for a disposed tensor
 *
 * @example
 * ```ts
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { defaultGenerator, type GeneratorState, tensor } from '@chainrule/tensor'
 * import { loadCheckpoint, saveCheckpoint } from '@chainrule/serialize'
 * const path = join(tmpdir(), 'example.checkpoint')
 * await saveCheckpoint(path, { model: { weight: tensor([1, 2]) }, random: defaultGenerator.state, epoch: 3 })
 * const { random, epoch } = await loadCheckpoint<{ random: GeneratorState; epoch: number }>(path)
 * defaultGenerator.state = random
 * console.log(epoch) // 3
 * ```
 */
export async function saveCheckpoint(path: string | URL, contents: object): Promise<void> {
  const where = 'saveCheckpoint'
  const { tensors, json } = flatten(where, contents)
  await withHeldTensors(where, tensors, (held) =>
    replaceFile(where, path, writeSafetensors(where, held, metadata(json))),
  )
}

/**
 * The bytes of a checkpoint, for a browser to download or store; otherwise as `saveCheckpoint`.
 *
 * @param contents - a plain object such as `{model, optimizer, schedule, random, epoch, step, config}`
 * @returns the whole file
 * @throws ArgumentError with the path of what cannot be stored; DisposedError for a disposed tensor
 *
 * @example
 * ```ts
 * import { decodeCheckpoint, encodeCheckpoint } from '@chainrule/serialize'
 * console.log(decodeCheckpoint(await encodeCheckpoint({ step: 7, loss: NaN }))) // { step: 7, loss: NaN }
 * ```
 */
export async function encodeCheckpoint(contents: object): Promise<Uint8Array<ArrayBuffer>> {
  const where = 'encodeCheckpoint'
  const { tensors, json } = flatten(where, contents)
  return await withHeldTensors(where, tensors, (held) => collectBytes(writeSafetensors(where, held, metadata(json))))
}

function metadata(contents: string): Readonly<Record<string, string>> {
  return { format: checkpointFormat, version: checkpointVersion, contents }
}
