import fc from 'fast-check'
import type { Access } from '../view.js'

/** A way to walk a shape, and how many elements a storage needs for it. */
export interface Layout extends Access {
  readonly extent: number
}

/** Shapes of up to four axes, with axes of 0 and 1 among them. */
export const shapes: fc.Arbitrary<readonly number[]> = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 })

interface LayoutOptions {
  /** Whether axes may repeat their elements (stride 0). */
  readonly mayRepeat: boolean
}

/** Layouts with axes in any order, running either way, with gaps and an offset. */
export const layoutsOf = (shape: readonly number[], { mayRepeat }: LayoutOptions): fc.Arbitrary<Layout> =>
  fc
    .record({
      order: fc.shuffledSubarray(
        shape.map((_, axis) => axis),
        { minLength: shape.length, maxLength: shape.length },
      ),
      gaps: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: shape.length, maxLength: shape.length }),
      signs: fc.array(fc.constantFrom(1, -1), { minLength: shape.length, maxLength: shape.length }),
      repeats: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
      offset: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ order, gaps, signs, repeats, offset }) => {
      const strides = shape.map(() => 0)
      let span = 1
      let first = offset
      for (const axis of order) {
        if (mayRepeat && repeats[axis] === true) continue
        const size = shape[axis] ?? 0
        const step = span * (gaps[axis] ?? 1)
        strides[axis] = step * (signs[axis] ?? 1)
        if (signs[axis] === -1) first += Math.max(0, size - 1) * step
        span = step * Math.max(1, size)
      }
      return { strides, offset: first, extent: offset + span }
    })

/** Every coordinate of a shape, row-major. */
export const coordinatesOf = (shape: readonly number[]): number[][] =>
  shape.reduce<number[][]>(
    (prefixes, size) => prefixes.flatMap((prefix) => Array.from({ length: size }, (_, at) => [...prefix, at])),
    [[]],
  )

/** The address of a coordinate. */
export const addressOf = (access: Access, coordinate: readonly number[]): number =>
  coordinate.reduce((address, at, axis) => address + at * (access.strides[axis] ?? 0), access.offset)

/** Numbers −7.5 … 7.5 that repeat with a period prime to most shapes, so misplaced elements show. */
export const sampleNumbers = (length: number, seed = 0): number[] =>
  Array.from({ length }, (_, at) => (((at + seed) * 37) % 61) / 4 - 7.5)
