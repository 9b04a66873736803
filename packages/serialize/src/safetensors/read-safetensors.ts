import type { Tensor } from '@chainrule/tensor'
import { type LoadOptions, makeTensor } from '../make-tensor.js'
import { quote } from '../quote.js'
import { readElements } from '../read-elements.js'
import type { Reading } from '../reading.js'
import { type Header, prefixLength, readHeader, readHeaderLength } from './read-header.js'

/** What a safetensors file holds. */
export interface SafetensorsContents {
  /** The tensors by name, in the order of their data; an object without a prototype, so that any name is safe. */
  readonly tensors: Readonly<Record<string, Tensor>>
  /** The strings of `__metadata__`; empty where the file has none. */
  readonly metadata: Readonly<Record<string, string>>
}

/** A checked header, and the byte of the file at which the data begins. */
export interface PlacedHeader extends Header {
  readonly dataBegin: number
}

/** Reads and checks everything but the data. */
export function* readPlacedHeader(where: string, fileSize: number): Reading<PlacedHeader> {
  const prefix = yield { begin: 0, end: Math.min(prefixLength, fileSize) }
  const dataBegin = prefixLength + readHeaderLength(where, prefix, fileSize)
  const text = yield { begin: prefixLength, end: dataBegin }
  return { ...readHeader(where, text, fileSize - dataBegin), dataBegin }
}

/** Reads the tensors one by one; where one fails, those made before it are released. */
export function* readTensors(
  where: string,
  { entries, dataBegin }: PlacedHeader,
  options: LoadOptions,
): Reading<Record<string, Tensor>> {
  const tensors = Object.create(null) as Record<string, Tensor>
  try {
    for (const { name, type, shape, begin, end } of entries) {
      const bytes = yield { begin: dataBegin + begin, end: dataBegin + end }
      const data = readElements(`${where}: tensor ${quote(name)}`, bytes, type, true)
      tensors[name] = makeTensor(data, type, shape, options)
    }
    return tensors
  } catch (error) {
    for (const made of Object.values(tensors)) made.dispose()
    throw error
  }
}

/** Reads a whole file. */
export function* readSafetensors(where: string, fileSize: number, options: LoadOptions): Reading<SafetensorsContents> {
  const header = yield* readPlacedHeader(where, fileSize)
  return { tensors: yield* readTensors(where, header, options), metadata: header.metadata }
}
