import type { DType, Reduction } from '@chainrule/tensor'
import { castElements } from '../assembly/cast-code.js'
import type { Term } from '../assembly/function-builder.js'
import { integerConstant } from '../assembly/integer-code.js'
import { floatLanes, keepValue, type Lanes } from '../assembly/lanes.js'
import { scalarOpCode } from '../scalar-op-code.js'
import type { ScalarOp } from '@chainrule/tensor'

/** What a reduction has come to in each lane: the running value, and for `argmax` and `argmin` its place. */
export type State = readonly Term[]

/** A new element for a reduction. */
export interface Taken {
  readonly value: Term
  /** Where it is in its row (int32). */
  readonly place: Term
}

/** How a reduction of elements of one dtype goes on, lane by lane. */
export interface ReductionCode {
  /** Dtypes of the parts of its state. */
  readonly state: readonly DType[]
  /** Dtype of its result. */
  readonly result: DType
  /** Whether rounding errors grow with the number of terms, so that long rows are added up in blocks. */
  readonly isRoundedSum: boolean
  readonly usesPlace: boolean
  /** The state of a row without elements. */
  identity(lanes: Lanes): State
  /** Takes an element in; the terms of the state may be emitted often. */
  take(lanes: Lanes, state: State, taken: Taken): State
  /** Merges two states, whose terms may be emitted often. */
  merge(lanes: Lanes, one: State, other: State): State
  /** What a state comes to; its terms may be emitted often. */
  resultOf(lanes: Lanes, state: State): Term
}

const missing: Term = () => {
  throw new Error('A reduction lacks a part of its state.')
}

/** Applies a primitive to values of one dtype. */
const apply = (lanes: Lanes, op: ScalarOp, of: DType, terms: readonly Term[]): Term =>
  scalarOpCode[op](lanes, {
    dtype: of,
    of,
    terms: [terms[0] ?? missing, terms[1] ?? missing, terms[2] ?? missing],
    constants: [],
  })

const constantOf = (lanes: Lanes, dtype: DType, value: number): Term => {
  if (dtype === 'float32' || dtype === 'float64') return floatLanes(lanes, dtype).constant(value)
  if (dtype === 'bool') return integerConstant(lanes, value === 0 ? 0 : lanes.count === 1 ? 1 : -1)
  return integerConstant(lanes, Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value)))
}

const isFloat = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float64'

/** Sums and products, of bools as int32; and extremes. */
const accumulation = (reduction: 'sum' | 'prod' | 'max' | 'min', dtype: DType): ReductionCode => {
  const counts = dtype === 'bool' && (reduction === 'sum' || reduction === 'prod')
  const held = counts ? 'int32' : dtype
  const op = ({ sum: 'add', prod: 'mul', max: 'maximum', min: 'minimum' } as const)[reduction]
  const identity =
    dtype === 'bool' && !counts
      ? { sum: 0, prod: 1, max: 0, min: 1 }[reduction]
      : { sum: 0, prod: 1, max: -Infinity, min: Infinity }[reduction]
  const merge = (lanes: Lanes, [one = missing]: State, [other = missing]: State): State => [
    apply(lanes, op, held, [one, other]),
  ]
  return {
    state: [held],
    result: held,
    isRoundedSum: reduction === 'sum' && isFloat(dtype),
    usesPlace: false,
    identity: (lanes) => [constantOf(lanes, held, identity)],
    take: (lanes, state, { value }) =>
      merge(lanes, state, [counts ? castElements(lanes, 'bool', 'int32', value) : value]),
    merge,
    resultOf: (_, [total = missing]) => total,
  }
}

/**
 * Extremes of floats, held in registers: one instruction compares and chooses but loses NaN, so whether all elements were
 * ordered is held beside it. The exact `max` and `min` of wasm take several times as long. Which of two zeros of different
 * sign comes out is open.
 */
const extremeOfFloats = (reduction: 'max' | 'min', dtype: DType): ReductionCode => {
  const choose = (lanes: Lanes, one: Term, other: Term): Term => {
    const float = floatLanes(lanes, dtype)
    return reduction === 'max' ? float.clampBelow(one, other) : float.clampAbove(one, other)
  }
  const isOrdered = (lanes: Lanes, x: Term): Term => apply(lanes, 'equal', dtype, [x, x])
  const and = (lanes: Lanes, x: Term, y: Term): Term => apply(lanes, 'logicalAnd', 'bool', [x, y])
  return {
    state: [dtype, 'bool'],
    result: dtype,
    isRoundedSum: false,
    usesPlace: false,
    identity: (lanes) => [
      constantOf(lanes, dtype, reduction === 'max' ? -Infinity : Infinity),
      constantOf(lanes, 'bool', 1),
    ],
    take: (lanes, [extreme = missing, ordered = missing], taken) => {
      const value = keepValue(lanes, dtype, taken.value)
      return [choose(lanes, extreme, value), and(lanes, ordered, isOrdered(lanes, value))]
    },
    merge: (lanes, [one = missing, isOne = missing], [other = missing, isOther = missing]) => [
      choose(lanes, one, other),
      and(lanes, isOne, isOther),
    ],
    resultOf: (lanes, [extreme = missing, ordered = missing]) =>
      apply(lanes, 'where', dtype, [ordered, extreme, constantOf(lanes, dtype, NaN)]),
  }
}

/** The place of the first extreme, or of the first NaN; −1 while no element was taken. */
const extremePlace = (reduction: 'argmax' | 'argmin', dtype: DType): ReductionCode => {
  const start = reduction === 'argmax' ? -Infinity : Infinity
  const beats = (lanes: Lanes, candidate: Term, best: Term): Term =>
    apply(lanes, 'less', dtype, reduction === 'argmax' ? [best, candidate] : [candidate, best])
  const isOrdered = (lanes: Lanes, x: Term): Term => apply(lanes, 'equal', dtype, [x, x])
  const not = (lanes: Lanes, x: Term): Term => apply(lanes, 'logicalNot', 'bool', [x])
  const and = (lanes: Lanes, x: Term, y: Term): Term => apply(lanes, 'logicalAnd', 'bool', [x, y])
  const or = (lanes: Lanes, x: Term, y: Term): Term => apply(lanes, 'logicalOr', 'bool', [x, y])
  const zero = (lanes: Lanes): Term => integerConstant(lanes, 0)
  const choose = (lanes: Lanes, mask: Term, one: State, other: State): State => {
    const kept = keepValue(lanes, 'bool', mask)
    return [dtype, 'int32' as const].map((part, at) =>
      apply(lanes, 'where', part, [kept, one[at] ?? missing, other[at] ?? missing]),
    )
  }
  return {
    state: [dtype, 'int32'],
    result: 'int32',
    isRoundedSum: false,
    usesPlace: true,
    identity: (lanes) => [
      constantOf(lanes, dtype, dtype === 'bool' ? (reduction === 'argmax' ? 0 : 1) : start),
      integerConstant(lanes, -1),
    ],
    take: (lanes, [best = missing, place = missing], taken) => {
      const value = keepValue(lanes, dtype, taken.value)
      const isFirst = apply(lanes, 'less', 'int32', [place, zero(lanes)])
      let isBetter = or(lanes, isFirst, beats(lanes, value, best))
      if (isFloat(dtype)) {
        isBetter = or(lanes, isBetter, and(lanes, not(lanes, isOrdered(lanes, value)), isOrdered(lanes, best)))
      }
      return choose(lanes, isBetter, [value, taken.place], [best, place])
    },
    merge: (lanes, [one = missing, onePlace = missing], [other = missing, otherPlace = missing]) => {
      const isEarlier = apply(lanes, 'less', 'int32', [otherPlace, onePlace])
      let isLevel = apply(lanes, 'equal', dtype, [one, other])
      let isBetter = beats(lanes, other, one)
      if (isFloat(dtype)) {
        const [oneNumber, otherNumber] = [isOrdered(lanes, one), isOrdered(lanes, other)]
        isLevel = or(lanes, isLevel, not(lanes, or(lanes, oneNumber, otherNumber)))
        isBetter = or(lanes, isBetter, and(lanes, oneNumber, not(lanes, otherNumber)))
      }
      const isTaken = not(lanes, apply(lanes, 'less', 'int32', [otherPlace, zero(lanes)]))
      const isOnly = apply(lanes, 'less', 'int32', [onePlace, zero(lanes)])
      const wins = or(lanes, isOnly, or(lanes, isBetter, and(lanes, isLevel, isEarlier)))
      return choose(lanes, and(lanes, isTaken, wins), [other, otherPlace], [one, onePlace])
    },
    resultOf: (_, [, place = missing]) => place,
  }
}

/**
 * How a reduction of elements of a dtype is carried out, with the state in memory.
 *
 * @param reduction - the kind
 * @param dtype - dtype of the elements
 * @returns its code
 */
export const reductionCode = (reduction: Reduction, dtype: DType): ReductionCode =>
  reduction === 'argmax' || reduction === 'argmin' ? extremePlace(reduction, dtype) : accumulation(reduction, dtype)

/**
 * The same with the state in registers.
 *
 * @param reduction - the kind
 * @param dtype - dtype of the elements
 * @returns its code
 */
export const registerReductionCode = (reduction: Reduction, dtype: DType): ReductionCode =>
  isFloat(dtype) && (reduction === 'max' || reduction === 'min')
    ? extremeOfFloats(reduction, dtype)
    : reductionCode(reduction, dtype)
