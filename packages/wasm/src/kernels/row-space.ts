import type { Access, RowSpace } from '@chainrule/tensor'
import { coalesceAxes, type WalkedAxes } from '../coalesce.js'
import { placeAxis, type RowLayout, type RowVariant } from './row-layout.js'
import type { RowAxes } from './row-record.js'
import { coordinateWalk } from './space-record.js'

/** The walks of all operands over kept and reduced axes together; outputs of rows have no strides for the reduced ones. */
const walksOf = (space: RowSpace, { axes }: RowLayout): readonly Access[] => {
  const walks = space.inputs.concat(space.outputs)
  for (const axis of axes) walks.push(axis === placeAxis ? placeWalk(space) : coordinateWalk(axis, space.shape.length))
  return walks
}

/** Counts the elements of a row, row-major over the reduced axes. */
const placeWalk = ({ shape, kept }: RowSpace): Access => {
  const strides = shape.map(() => 0)
  let step = 1
  for (let axis = shape.length - 1; axis >= kept; axis--) {
    strides[axis] = step
    step *= shape[axis] ?? 1
  }
  return { strides, offset: 0 }
}

const isStill = (walk: Access | undefined, from: number, to: number): boolean => {
  for (let axis = from; axis < to; axis++) if (walk?.strides[axis] !== 0) return false
  return true
}

/** An index space whose kept and reduced axes were merged as far as possible. */
export interface MergedSpace {
  readonly kept: WalkedAxes
  readonly reduced: WalkedAxes
  readonly walks: readonly Access[]
  readonly count: number
}

/**
 * The operand whose steps decide in which order the elements of a row are met; −1 if their order matters or nothing moves.
 * Places must be met in ascending order, so rows of `argmax` keep their axes.
 */
const moverOf = (walks: readonly Access[], layout: RowLayout, from: number, to: number): number => {
  if (layout.axes.includes(placeAxis)) return -1
  const inputs = layout.structure.inputs.length
  for (const output of layout.elementOutputs) if (!isStill(walks[inputs + output], from, to)) return inputs + output
  for (let input = 0; input < inputs; input++) if (!isStill(walks[input], from, to)) return input
  return -1
}

/**
 * Merges the axes of an index space.
 *
 * @param space - the space
 * @param layout - what is computed
 * @returns the axes, kept and reduced
 */
export const mergeSpace = (space: RowSpace, layout: RowLayout): MergedSpace => {
  const walks = walksOf(space, layout)
  const { shape, kept } = space
  const { inputs, outputs } = layout.structure
  let count = 1
  for (let axis = kept; axis < shape.length; axis++) count *= shape[axis] ?? 1
  return {
    kept: coalesceAxes(shape, walks, outputs.length > 0 ? inputs.length : -1, 0, kept),
    reduced: coalesceAxes(shape, walks, moverOf(walks, layout, kept, shape.length), kept),
    walks,
    count,
  }
}

/** How many operands, weighted by how much of them there is, lie together along the innermost of some axes. */
const togetherness = ({ steps }: WalkedAxes, others: WalkedAxes, operands: number): number => {
  const inner = steps.at(-1)
  if (inner === undefined) return 0
  let score = 0
  for (let operand = 0; operand < operands; operand++) {
    if (inner[operand] === 1) score += others.steps.some((step) => (step[operand] ?? 0) !== 0) ? 4 : 1
  }
  return score
}

/** Whether rows are better walked side by side. */
const prefersAcross = ({ kept, reduced }: MergedSpace, { structure }: RowLayout): boolean => {
  if (kept.sizes.length === 0) return false
  if (reduced.sizes.length === 0) return true
  const operands = structure.inputs.length + structure.outputs.length
  return togetherness(kept, reduced, operands) > togetherness(reduced, kept, operands)
}

const variantOf = (space: RowSpace, merged: MergedSpace, layout: RowLayout, isAcross: boolean): RowVariant => {
  let single = 0
  let column = 0
  const { kept, shape } = space
  for (let input = 0; input < Math.min(31, layout.structure.inputs.length); input++) {
    const isSame = isStill(space.inputs[input], kept, shape.length) || layout.rowInputs.includes(input)
    if (!isAcross) {
      if (isSame) single |= 1 << input
    } else if (merged.kept.steps.at(-1)?.[input] === 0) single |= 1 << input
    else if (isSame) column |= 1 << input
  }
  return { isAcross, single, column }
}

/**
 * A variant for spaces of one element. Outputs of rows come after the last element, so that what they read has to be the same for
 * the whole row.
 *
 * @param layout - what is computed
 * @returns the variant
 */
export const oneElementVariant = ({ rowInputs }: RowLayout): RowVariant => ({
  isAcross: false,
  single: rowInputs.reduce((bits, input) => (input < 31 ? bits | (1 << input) : bits), 0),
  column: 0,
})

/**
 * Decides which way the rows of all spaces are walked, and finds what stays the same in all of them.
 *
 * @param spaces - the spaces
 * @param merged - their axes
 * @param layout - what is computed
 * @returns the variant; undefined where no space has two elements, so that all code does right
 */
export const chooseVariant = (
  spaces: readonly RowSpace[],
  merged: readonly MergedSpace[],
  layout: RowLayout,
): RowVariant | undefined => {
  const sized = merged.filter(({ kept, reduced }) => kept.sizes.length + reduced.sizes.length > 0)
  if (sized.length === 0) return undefined
  const isAcross = sized.every((space) => prefersAcross(space, layout))
  let single = -1
  let column = -1
  spaces.forEach((space, group) => {
    const one = merged[group]
    if (one === undefined) return
    const variant = variantOf(space, one, layout, isAcross)
    single &= variant.single
    column &= variant.column
  })
  return { isAcross, single, column }
}

const innermost = (axes: WalkedAxes, operands: number): RowAxes['inner'] => ({
  size: axes.sizes.at(-1) ?? 1,
  step: axes.steps.at(-1) ?? Array.from({ length: operands }, () => 0),
})

const others = ({ sizes, steps }: WalkedAxes): Pick<WalkedAxes, 'sizes' | 'steps'> => ({
  sizes: sizes.slice(0, -1),
  steps: steps.slice(0, -1),
})

/**
 * Sorts the axes of a space into inner axis, segments and kept places.
 *
 * @param merged - the axes
 * @param isAcross - which way rows are walked
 * @returns the axes
 */
export const sortAxes = ({ kept, reduced, walks, count }: MergedSpace, isAcross: boolean): RowAxes => ({
  inner: innermost(isAcross ? kept : reduced, walks.length),
  segments: isAcross ? reduced : others(reduced),
  kept: isAcross ? others(kept) : kept,
  starts: walks.map(({ offset }, operand) => (kept.starts[operand] ?? 0) + (reduced.starts[operand] ?? 0) - offset),
  count,
})
