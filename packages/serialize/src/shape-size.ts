import { FormatError } from '@chainrule/tensor'

/** NumPy's limit; a longer shape in a file is damage, not data. */
const maximumRank = 64

/**
 * The bytes a tensor of this shape takes: product(shape) · itemSize, refused where it leaves the exactly representable
 * integers, also when a later axis of size zero would bring it back (as the reference implementation of safetensors).
 */
export function shapeByteLength(where: string, shape: readonly number[], itemSize: number): number {
  if (shape.length > maximumRank) {
    throw new FormatError(
      `${where}: the shape has ${shape.length} axes, more than ${maximumRank}. The file is damaged.`,
    )
  }
  let byteLength = itemSize
  for (const size of shape) {
    byteLength *= size
    if (!Number.isSafeInteger(byteLength)) {
      throw new FormatError(`${where}: the byte length of shape [${shape.join(', ')}] overflows. The file is damaged.`)
    }
  }
  return byteLength
}
