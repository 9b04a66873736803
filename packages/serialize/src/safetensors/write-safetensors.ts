import type { HeldTensor } from '../held-tensor.js'
import { writeElements } from '../write-elements.js'
import { compareTensors, writeHeader } from './write-header.js'

/** The bytes of a safetensors file, header first, one tensor in memory at a time. */
export async function* writeSafetensors(
  where: string,
  held: readonly HeldTensor[],
  metadata: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  const sorted = held
    .map(({ name, tensor }) => ({ name, tensor, dtype: tensor.dtype, shape: tensor.shape }))
    .sort(compareTensors)
  yield writeHeader(where, sorted, metadata)
  for (const { tensor } of sorted) yield writeElements(await tensor.data())
}
