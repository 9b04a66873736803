import type { ArgumentField, Launch } from './launch.js'

const floats = new Float32Array(1)
const floatBits = new Uint32Array(floats.buffer)

const word = (field: ArgumentField, cells: readonly number[], faultNumber: number): number => {
  if ('fault' in field) return faultNumber
  const value = 'value' in field ? field.value : (cells[field.cell] ?? NaN) + (field.plus ?? 0)
  if ('half' in field) return field.half === 'low' ? value % 2 ** 32 : Math.floor(value / 2 ** 32)
  if (field.type === 'f32') {
    floats[0] = value
    return floatBits[0] ?? 0
  }
  // Unsigned fields hold counts and strides, of which negative ones wrap; cells convert as a cast does.
  if ('value' in field) return value
  return Number.isNaN(value) ? 0 : Math.max(-2147483648, Math.min(2147483647, Math.trunc(value)))
}

/**
 * Bytes of the argument block of a dispatch, a multiple of 16 as uniform buffers ask.
 *
 * @param launch - the dispatch
 * @returns bytes
 */
export const argumentBytes = ({ fields }: Launch): number => Math.max(16, Math.ceil(fields.length / 4) * 16)

/**
 * Writes the argument block of a dispatch.
 *
 * @param launch - the dispatch
 * @param cells - the numbers of the kernel's cells
 * @param faultNumber - under which the launch notes an index outside its axis
 * @param words - where to write
 * @param first - the first word
 */
export const writeArguments = (
  { fields }: Launch,
  cells: readonly number[],
  faultNumber: number,
  words: Uint32Array,
  first: number,
): void => {
  fields.forEach((field, position) => {
    words[first + position] = word(field, cells, faultNumber)
  })
}
