import { type Access, type DType, itemSize } from '@chainrule/tensor'
import { windowAlignment } from './part.js'

/** An operand and how it is walked; one with fewer strides than the space has axes does not move along the others. */
export interface WalkedOperand {
  readonly dtype: DType
  readonly access: Access
}

/** A part of an index space: where it begins, its sizes, and the windows of the operands. */
export interface SpacePart {
  readonly start: readonly number[]
  readonly shape: readonly number[]
  /** First byte of each operand's window. */
  readonly byteOffsets: readonly number[]
  /** Accesses within the windows. */
  readonly accesses: readonly Access[]
}

interface Extent {
  readonly byteOffset: number
  readonly byteLength: number
}

const extentOf = ({ dtype, access }: WalkedOperand, start: readonly number[], shape: readonly number[]): Extent => {
  const reach = access.strides.map((stride, axis) => ((shape[axis] ?? 1) - 1) * stride)
  const first = access.strides.reduce((sum, stride, axis) => sum + (start[axis] ?? 0) * stride, access.offset)
  const low = reach.reduce((sum, step) => sum + Math.min(0, step), first)
  const high = reach.reduce((sum, step) => sum + Math.max(0, step), first)
  const bytes = itemSize(dtype)
  const byteOffset = Math.floor((low * bytes) / windowAlignment) * windowAlignment
  return { byteOffset, byteLength: (high + 1) * bytes - byteOffset }
}

const replaced = (values: readonly number[], at: number, value: number): number[] =>
  values.map((old, position) => (position === at ? value : old))

/**
 * Cuts an index space until the elements that each operand walks fit one binding.
 *
 * @param shape - sizes of the space
 * @param operands - what is walked
 * @param axes - axes that may be cut
 * @param limit - bytes of a binding
 * @returns the parts, or undefined where cutting does not help
 */
export const splitSpace = (
  shape: readonly number[],
  operands: readonly WalkedOperand[],
  axes: readonly number[],
  limit: number,
): readonly SpacePart[] | undefined => {
  const cut = (start: readonly number[], sizes: readonly number[]): SpacePart[] | undefined => {
    const extents = operands.map((operand) => extentOf(operand, start, sizes))
    const tooLong = operands.filter((_, at) => (extents[at]?.byteLength ?? 0) > limit)
    if (tooLong.length === 0) {
      const accesses = operands.map(({ dtype, access }, at) => {
        const first = access.strides.reduce((sum, stride, axis) => sum + (start[axis] ?? 0) * stride, access.offset)
        return { strides: access.strides, offset: first - (extents[at]?.byteOffset ?? 0) / itemSize(dtype) }
      })
      return [{ start, shape: sizes, byteOffsets: extents.map(({ byteOffset }) => byteOffset), accesses }]
    }
    const reach = (axis: number): number =>
      Math.max(...tooLong.map(({ access }) => Math.abs(access.strides[axis] ?? 0) * ((sizes[axis] ?? 1) - 1)))
    const [axis] = [...axes].sort((left, right) => reach(right) - reach(left))
    if (axis === undefined || reach(axis) === 0) return undefined
    const size = sizes[axis] ?? 1
    const half = Math.ceil(size / 2)
    const lower = cut(start, replaced(sizes, axis, half))
    const upper = cut(replaced(start, axis, (start[axis] ?? 0) + half), replaced(sizes, axis, size - half))
    return lower && upper ? [...lower, ...upper] : undefined
  }
  if (shape.some((size) => size === 0)) return []
  return cut(
    shape.map(() => 0),
    shape,
  )
}
