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
  const starts = walks.map((walk) => walk.offset)
  const sizes: number[] = []
  const steps: number[][] = []
  for (let axis = from; axis < to; axis++) {
    const size = shape[axis] ?? 1
    if (size === 1) continue
    const step = walks.map((walk) => walk.strides[axis] ?? 0)
    if (leader >= 0 && (step[leader] ?? 0) < 0) turnAround(size, step, starts)
    insert(sizes, steps, size, step, leader)
  }
  return { ...merge(sizes, steps), starts }
}

/** Walks an axis from its end: the starts move there, the steps change sign. */
const turnAround = (size: number, step: number[], starts: number[]): void => {
  for (let operand = 0; operand < step.length; operand++) {
    const each = step[operand] ?? 0
    starts[operand] = (starts[operand] ?? 0) + each * (size - 1)
    step[operand] = -each
  }
}

/** Puts an axis behind those in which the leader makes larger or equal steps. */
const insert = (sizes: number[], steps: number[][], size: number, step: number[], leader: number): void => {
  let place = sizes.length
  if (leader >= 0) {
    const each = step[leader] ?? 0
    while (place > 0 && (steps[place - 1]?.[leader] ?? 0) < each) place--
  }
  sizes.splice(place, 0, size)
  steps.splice(place, 0, step)
}

const merge = (sizes: readonly number[], steps: readonly number[][]): Pick<WalkedAxes, 'sizes' | 'steps'> => {
  const mergedSizes: number[] = []
  const mergedSteps: number[][] = []
  for (let axis = 0; axis < sizes.length; axis++) {
    const size = sizes[axis] ?? 1
    const step = steps[axis] ?? []
    const outer = mergedSteps.at(-1)
    if (outer?.every((each, operand) => each === size * (step[operand] ?? 0)) === true) {
      mergedSizes[mergedSizes.length - 1] = size * (mergedSizes.at(-1) ?? 1)
      mergedSteps[mergedSteps.length - 1] = step
    } else {
      mergedSizes.push(size)
      mergedSteps.push(step)
    }
  }
  return { sizes: mergedSizes, steps: mergedSteps }
}
