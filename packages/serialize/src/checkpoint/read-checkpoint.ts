import { FormatError } from '@chainrule/tensor'
import type { LoadOptions } from '../make-tensor.js'
import { quote } from '../quote.js'
import type { Reading } from '../reading.js'
import { type PlacedHeader, readPlacedHeader, readTensors } from '../safetensors/read-safetensors.js'
import { checkpointFormat, checkpointVersion } from './checkpoint.js'
import { parseStructure, unflatten } from './unflatten.js'

/** Reads a checkpoint; its structure is checked against the tensors of the file before any of them is made. */
export function* readCheckpoint(where: string, fileSize: number, options: LoadOptions): Reading<unknown> {
  const header = yield* readPlacedHeader(where, fileSize)
  const structure = readStructure(where, header)
  const missing = new Set(header.entries.map(({ name }) => name))
  unflatten(where, structure, (name) => {
    if (!missing.delete(name)) {
      throw new FormatError(`${where}: the structure wants tensor ${quote(name)}, which is absent or already in use.`)
    }
  })
  for (const name of missing) {
    throw new FormatError(`${where}: tensor ${quote(name)} has no place in the structure. The file is damaged.`)
  }
  const tensors = yield* readTensors(where, header, options)
  return unflatten(where, structure, (name) => tensors[name])
}

function readStructure(where: string, { metadata }: PlacedHeader): ReturnType<typeof parseStructure> {
  const { format, version, contents } = metadata
  if (format !== checkpointFormat || contents === undefined) {
    throw new FormatError(`${where}: this is a safetensors file, but not a checkpoint. Load it with loadSafetensors.`)
  }
  if (version !== checkpointVersion) {
    throw new FormatError(
      `${where}: got checkpoint version ${quote(version ?? '')}, expected ${quote(checkpointVersion)}. Update @chainrule/serialize.`,
    )
  }
  return parseStructure(where, contents)
}
