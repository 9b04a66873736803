import type { Access, Expression } from '@chainrule/tensor'

/** An axis of an index space after merging: its size, and the step of every operand along it. */
export interface NormalAxis {
  readonly size: number
  /** One stride an operand. */
  readonly strides: readonly number[]
  /** The axis of the original space whose coordinate this one is; undefined where several were merged. */
  readonly original: number | undefined
}

/** An axis as it stands in a space. */
export interface SpaceAxis {
  readonly size: number
  readonly strides: readonly number[]
  readonly original: number
}

/**
 * The axes of a space with one row of strides an axis rather than one an operand.
 *
 * @param shape - sizes
 * @param accesses - how each operand walks the axes; one that has fewer strides does not move along the others
 * @returns the axes
 */
export const axesOf = (shape: readonly number[], accesses: readonly Access[]): SpaceAxis[] =>
  shape.map((size, original) => ({ size, strides: accesses.map(({ strides }) => strides[original] ?? 0), original }))

/**
 * Orders axes so that the last is the one along which the operand of most weight moves least, so that neighbouring
 * threads touch neighbouring elements.
 *
 * @param axes - the axes
 * @param weights - operands in order of importance
 * @returns the axes, the widest strides first
 */
export const orderAxes = (axes: readonly SpaceAxis[], weights: readonly number[]): SpaceAxis[] => {
  const compare = (left: SpaceAxis, right: SpaceAxis): number => {
    for (const operand of weights) {
      const difference = Math.abs(right.strides[operand] ?? 0) - Math.abs(left.strides[operand] ?? 0)
      if (difference !== 0) return difference
    }
    return left.original - right.original
  }
  return [...axes].sort(compare)
}

/**
 * Drops axes of size 1 and merges neighbours that every operand walks as one.
 *
 * @param axes - axes, outermost first
 * @param fixed - original axes whose coordinate is needed, which stay as they are
 * @returns fewer axes over the same elements in the same order
 */
export const mergeAxes = (axes: readonly SpaceAxis[], fixed: ReadonlySet<number>): NormalAxis[] => {
  const merged: NormalAxis[] = []
  for (const axis of axes) {
    if (axis.size === 1) continue
    const outer = merged.at(-1)
    const { size, strides } = axis
    const isOne =
      outer !== undefined &&
      !fixed.has(axis.original) &&
      (outer.original === undefined || !fixed.has(outer.original)) &&
      outer.strides.every((stride, operand) => stride === (strides[operand] ?? 0) * size)
    if (isOne) merged[merged.length - 1] = { size: outer.size * size, strides, original: undefined }
    else merged.push(axis)
  }
  return merged
}

/**
 * The axes whose coordinates an expression uses.
 *
 * @param roots - expressions
 * @returns original axes
 */
export const indexedAxes = (roots: readonly Expression[]): Set<number> => {
  const axes = new Set<number>()
  const seen = new Set<Expression>()
  const visit = (node: Expression): void => {
    if (seen.has(node)) return
    seen.add(node)
    if (node.kind === 'index') axes.add(node.axis)
    if (node.kind === 'scalar') node.arguments.forEach(visit)
  }
  roots.forEach(visit)
  return axes
}

/** How an operand is read or written by a thread that owns four neighbours along the innermost axis. */
export type LaneAccess = 'whole' | 'same' | 'each'

/**
 * How an operand walks four neighbours: as one aligned group, as one element for all, or one by one.
 *
 * @param operand - position of the operand
 * @param axes - merged axes; the last is the innermost
 * @param offset - elements before the first
 * @returns the access
 */
export const laneAccess = (operand: number, axes: readonly NormalAxis[], offset: number): LaneAccess => {
  const inner = axes.at(-1)?.strides[operand] ?? 0
  if (inner === 0) return 'same'
  const isAligned = offset % 4 === 0 && axes.slice(0, -1).every(({ strides }) => (strides[operand] ?? 0) % 4 === 0)
  return inner === 1 && isAligned ? 'whole' : 'each'
}
