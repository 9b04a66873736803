import type { IdxFile } from './read-idx.js'
import type { IdxType } from './idx-header.js'

const readers: Record<
  IdxType,
  { readonly itemSize: number; readonly read: (view: DataView, place: number) => number }
> = {
  uint8: { itemSize: 1, read: (view, place) => view.getUint8(place) },
  int8: { itemSize: 1, read: (view, place) => view.getInt8(place) },
  int16: { itemSize: 2, read: (view, place) => view.getInt16(place) },
  int32: { itemSize: 4, read: (view, place) => view.getInt32(place) },
  float32: { itemSize: 4, read: (view, place) => view.getFloat32(place) },
  float64: { itemSize: 8, read: (view, place) => view.getFloat64(place) },
}

/**
 * Writes the elements of an IDX file into an array, divided by a number.
 *
 * @param file - header and bytes
 * @param values - receives the elements; as long as the shape says
 * @param divisor - 255 turns bytes into 0…1
 * @returns `values`
 */
export const idxValues = <Values extends Int32Array | Float32Array | Float64Array>(
  { header, bytes }: IdxFile,
  values: Values,
  divisor = 1,
): Values => {
  const { itemSize, read } = readers[header.type]
  const view = new DataView(bytes.buffer, bytes.byteOffset + header.dataOffset, header.byteLength - header.dataOffset)
  if (header.type === 'uint8') {
    // Images: a table of what their 256 values become is several times as fast as a division for each.
    const quotients = Float64Array.from({ length: 256 }, (_, byte) => byte / divisor)
    for (let index = 0; index < values.length; index++) {
      values[index] = quotients[bytes[header.dataOffset + index] ?? 0] ?? 0
    }
    return values
  }
  for (let index = 0; index < values.length; index++) values[index] = read(view, index * itemSize) / divisor
  return values
}
