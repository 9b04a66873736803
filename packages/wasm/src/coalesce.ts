/** An index space and the walks of several operands over it, with as few axes as possible. */
export interface WalkedAxes {
  /** Sizes, outermost axis first; no axis of size 1. */
  readonly sizes: readonly number[]
  /** For each axis the step of each operand. */
  readonly steps: readonly (readonly number[])[]
  /** For each operand where it starts, as reversed axes begin at their end. */
  readonly starts: readonly number[]
}

/** How one operand walks an index space. */
export interface Walk {
  readonly strides: readonly number[]
  readonly offset: number
}

/**
 * Rewrites the walks of operands over an index space as the same walks over fewer axes: axes of size 1 vanish, axes that the
 * leading operand walks backwards are turned around, axes are put in the order in which it walks memory, and neighbours
 * that every operand walks as one become one.
 *
 * @param shape - sizes of the axes
 * @param walks - of the operands; their strides may be longer than the shape, which then means its last axes
 * @param leader - which operand decides direction and order (the output); −1 keeps both
 * @param from - first axis of the shape that takes part
 * @param to - axis after the last one that takes part
 * @returns the axes, and where each operand starts
 */
export const coalesceAxes = (
  shape: readonly number[],
  walks: readonly Walk[],
  leader: number,
  from = 0,
  to = shape.length,
): WalkedAxes => {
  const count = walks.length
  const starts: number[] = []
  for (let operand = 0; operand < count; operand++) starts.push(walks[operand]?.offset ?? 0)
  const sizes: number[] = []
  const steps: number[][] = []
  for (let axis = from; axis < to; axis++) {
    const size = shape[axis] ?? 1
    if (size === 1) continue
    const step: number[] = []
    for (let operand = 0; operand < count; operand++) step.push(walks[operand]?.strides[axis] ?? 0)
    if (leader >= 0 && (step[leader] ?? 0) < 0) turnAround(size, step, starts)
    const place = leader < 0 ? sizes.length : placeOf(steps, step[leader] ?? 0, leader)
    if (place === 0 || !mergeWith(sizes, steps, place - 1, size, step)) {
      sizes.splice(place, 0, size)
      steps.splice(place, 0, step)
    }
  }
  return { sizes, steps, starts }
}

/** Walks an axis from its end: the starts move there, the steps change sign. */
const turnAround = (size: number, step: number[], starts: number[]): void => {
  for (let operand = 0; operand < step.length; operand++) {
    const each = step[operand] ?? 0
    starts[operand] = (starts[operand] ?? 0) + each * (size - 1)
    step[operand] = -each
  }
}

/** Behind the axes in which the leader makes larger or equal steps. */
const placeOf = (steps: readonly (readonly number[])[], each: number, leader: number): number => {
  let place = steps.length
  while (place > 0 && (steps[place - 1]?.[leader] ?? 0) < each) place--
  return place
}

/** Makes one axis of two neighbours if every operand walks them as one. */
const mergeWith = (sizes: number[], steps: number[][], outer: number, size: number, step: number[]): boolean => {
  const outerStep = steps[outer]
  if (outerStep === undefined) return false
  for (let operand = 0; operand < step.length; operand++) {
    if (outerStep[operand] !== size * (step[operand] ?? 0)) return false
  }
  sizes[outer] = size * (sizes[outer] ?? 1)
  steps[outer] = step
  return true
}
