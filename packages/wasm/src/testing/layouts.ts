import type { Access } from '@chainrule/tensor'
import fc from 'fast-check'

/** A way to walk a shape, and how many elements a storage needs for it. */
export interface Layout extends Access {
  readonly extent: number
}

/** Shapes of up to five axes; the last may be long enough for several vectors, sizes of 0 and 1 occur. */
export const shapes: fc.Arbitrary<readonly number[]> = fc
  .tuple(
    fc.array(
      fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) }, { weight: 1, arbitrary: fc.constant(0) }),
      {
        maxLength: 4,
      },
    ),
    fc.array(fc.integer({ min: 1, max: 70 }), { maxLength: 1 }),
  )
  .map(([outer, inner]) => [...outer, ...inner])

/** Choices that make up a layout. */
const choices = (rank: number): fc.Arbitrary<LayoutChoices> =>
  fc.record({
    isDense: fc.boolean(),
    order: fc.shuffledSubarray(
      Array.from({ length: rank }, (_, axis) => axis),
      { minLength: rank, maxLength: rank },
    ),
    gaps: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: rank, maxLength: rank }),
    signs: fc.array(fc.constantFrom(1, 1, -1), { minLength: rank, maxLength: rank }),
    repeats: fc.array(fc.boolean(), { minLength: rank, maxLength: rank }),
    offset: fc.integer({ min: 0, max: 3 }),
  })

interface LayoutChoices {
  readonly isDense: boolean
  readonly order: readonly number[]
  readonly gaps: readonly number[]
  readonly signs: readonly number[]
  readonly repeats: readonly boolean[]
  readonly offset: number
}

/**
 * Layouts of a shape: dense ones, and ones with axes in any order, running either way, with gaps and an offset.
 *
 * @param shape - the shape
 * @param mayRepeat - whether axes may repeat their elements (stride 0)
 * @returns the layouts
 */
export const layoutsOf = (shape: readonly number[], mayRepeat: boolean): fc.Arbitrary<Layout> =>
  choices(shape.length).map(({ isDense, order, gaps, signs, repeats, offset }) => {
    const axes = isDense ? shape.map((_, at) => shape.length - 1 - at) : order
    const strides = shape.map(() => 0)
    let span = 1
    let first = offset
    for (const axis of axes) {
      if (mayRepeat && repeats[axis] === true) continue
      const size = shape[axis] ?? 0
      const step = isDense ? span : span * (gaps[axis] ?? 1)
      const isBackwards = !isDense && signs[axis] === -1
      strides[axis] = isBackwards ? -step : step
      if (isBackwards) first += Math.max(0, size - 1) * step
      span = step * Math.max(1, size)
    }
    return { strides, offset: first, extent: offset + span }
  })

/** The dense layout of a shape. */
export const denseLayout = (shape: readonly number[], offset = 0): Layout => {
  const strides = shape.map(() => 0)
  let span = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = span
    span *= shape[axis] ?? 1
  }
  return { strides, offset, extent: offset + span }
}
