import type { Access } from '@chainrule/tensor'

/** An axis cut into factors, outermost first. */
export type Factors = readonly number[]

/** How two index spaces that walk one dense block fit: both cut into common factors, and which go together. */
export interface Alignment {
  readonly left: readonly Factors[]
  readonly right: readonly Factors[]
  /** For each factor of the left space, counted through, the one of the right space; undefined where it repeats. */
  readonly pairs: readonly (number | undefined)[]
}

interface Run {
  readonly axis: number
  readonly length: number
  readonly stride: number
}

/** The axes that move, outermost first; undefined unless they walk a whole block densely from its start. */
const denseRuns = (shape: readonly number[], access: Access): readonly Run[] | undefined => {
  const runs = shape
    .map((length, axis): Run => ({ axis, length, stride: access.strides[axis] ?? 0 }))
    .filter(({ length, stride }) => length !== 1 && stride !== 0)
    .sort((a, b) => b.stride - a.stride)
  let step = 1
  for (let place = runs.length - 1; place >= 0; place--) {
    const run = runs[place]
    if (run === undefined || run.length === 0 || run.stride !== step) return undefined
    step *= run.length
  }
  return access.offset === 0 ? runs : undefined
}

/** Cuts two lists of lengths into common factors; undefined where their boundaries cross. */
export const commonFactors = (
  left: readonly number[],
  right: readonly number[],
): { readonly left: readonly Factors[]; readonly right: readonly Factors[] } | undefined => {
  const cut = { left: left.map((): number[] => []), right: right.map((): number[] => []) }
  let i = left.length - 1
  let j = right.length - 1
  let l = left[i] ?? 1
  let r = right[j] ?? 1
  while (i >= 0 && j >= 0) {
    const factor = Math.min(l, r)
    if (l % factor !== 0 || r % factor !== 0) return undefined
    cut.left[i]?.unshift(factor)
    cut.right[j]?.unshift(factor)
    l /= factor
    r /= factor
    if (l === 1) l = left[--i] ?? 1
    if (r === 1) r = right[--j] ?? 1
  }
  return i >= 0 || j >= 0 ? undefined : cut
}

/** Position of each axis's first factor when all factors are counted through. */
const firstFactor = (factors: readonly Factors[]): readonly number[] => {
  let place = 0
  return factors.map((list) => {
    place += list.length
    return place - list.length
  })
}

/**
 * Fits the index space of a reader to that of the writer of a block: undefined where the reader sees the block in a way that is no
 * permutation, regrouping or repetition of how it was written.
 */
export const align = (
  shape: readonly number[],
  access: Access,
  writerShape: readonly number[],
  writer: Access,
): Alignment | undefined => {
  const read = denseRuns(shape, access)
  const written = denseRuns(writerShape, writer)
  if (read === undefined || written === undefined) return undefined
  const cut = commonFactors(
    read.map(({ length }) => length),
    written.map(({ length }) => length),
  )
  if (cut === undefined) return undefined
  const left = shape.map((length): Factors => [length])
  const right = writerShape.map((length): Factors => [length])
  read.forEach(({ axis }, place) => (left[axis] = cut.left[place] ?? []))
  written.forEach(({ axis }, place) => (right[axis] = cut.right[place] ?? []))
  const leftStart = firstFactor(left)
  const rightStart = firstFactor(right)
  const order = (runs: readonly Run[], factors: readonly Factors[], starts: readonly number[]): number[] =>
    runs.flatMap(({ axis }, place) => (factors[place] ?? []).map((_, within) => (starts[axis] ?? 0) + within))
  const leftOrder = order(read, cut.left, leftStart)
  const rightOrder = order(written, cut.right, rightStart)
  const pairs = new Array<number | undefined>(left.flat().length).fill(undefined)
  leftOrder.forEach((factor, place) => (pairs[factor] = rightOrder[place]))
  return { left, right, pairs }
}

/** Strides of cut axes: the inner factors move by the axis's stride, the outer ones by what lies within. */
export const cutStrides = (strides: readonly number[], factors: readonly Factors[]): readonly number[] =>
  factors.flatMap((list, axis) => {
    let step = strides[axis] ?? 0
    const result: number[] = []
    for (let place = list.length - 1; place >= 0; place--) {
      result.unshift(step)
      step *= list[place] ?? 1
    }
    return result
  })

/** An access of the reader's cut space as one of the writer's uncut axes; undefined where an axis's parts do not run on. */
export const mergeAccess = (
  { strides, offset }: Access,
  alignment: Alignment,
  shape: readonly number[],
): Access | undefined => {
  const parts = alignment.right
  let place = 0
  const merged: number[] = []
  for (let axis = 0; axis < shape.length; axis++) {
    const list = parts[axis] ?? []
    let step: number | undefined
    let expected = 0
    for (let within = list.length - 1; within >= 0; within--) {
      const from = alignment.pairs.indexOf(place + within)
      const stride = from < 0 ? 0 : (strides[from] ?? 0)
      if (list[within] !== 1) {
        if (step !== undefined && stride !== expected) return undefined
        step ??= stride
        expected = stride * (list[within] ?? 1)
      }
    }
    merged.push(step ?? 0)
    place += list.length
  }
  return { strides: merged, offset }
}
