import type { Access } from '@chainrule/tensor'
import fc from 'fast-check'

/** A way to walk a shape, and how many elements a storage needs for it. */
export interface Layout extends Access {
  readonly extent: number
}

/** Shapes of up to four axes, with axes of 0, 1 and multiples of 4 among them. */
export const shapes: fc.Arbitrary<readonly number[]> = fc.array(fc.constantFrom(0, 1, 2, 3, 4, 5, 8), { maxLength: 4 })

/** Layouts with axes in any order, running either way, with gaps, repeated axes and an offset. */
export const layoutsOf = (shape: readonly number[], mayRepeat: boolean): fc.Arbitrary<Layout> =>
  fc
    .record({
      order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length, maxLength: shape.length }),
      gap: fc.constantFrom(1, 1, 1, 2),
      signs: fc.array(fc.constantFrom(1, 1, -1), { minLength: shape.length, maxLength: shape.length }),
      repeats: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
      offset: fc.constantFrom(0, 0, 4, 3),
    })
    .map(({ order, gap, signs, repeats, offset }) => {
      const strides = shape.map(() => 0)
      let span = gap
      let first = offset
      for (const axis of order) {
        if (mayRepeat && repeats[axis] === true) continue
        const size = shape[axis] ?? 0
        strides[axis] = span * (signs[axis] ?? 1)
        if (signs[axis] === -1) first += Math.max(0, size - 1) * span
        span *= Math.max(1, size)
      }
      return { strides, offset: first, extent: offset + span }
    })
