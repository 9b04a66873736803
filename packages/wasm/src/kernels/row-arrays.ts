import { type DType, itemSize } from '@chainrule/tensor'
import { i32, local, select, type Local } from 'wasmati'
import type { Term } from '../assembly/function-builder.js'
import { valueType } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import { loadElements } from '../assembly/memory-code.js'
import { found } from './element-sources.js'
import type { State } from './reduction-code.js'
import type { RowContext } from './row-context.js'
import { scratchItem, type StageCode } from './row-layout.js'
import { rowWord } from './row-record.js'
import { storeValues } from './store-values.js'
import { type Stream, vectorLoop } from './vector-loop.js'

/** Most rows that are walked side by side. */
export const acrossElements = 1024

/** Bytes of an array with a value for each of them. */
export const acrossBytes = acrossElements * scratchItem + 64

/** Segments that are added up one after another before the sums join the cascade. */
export const termsOfBlock = 64

/** Values for the rows side by side, in scratch. */
export interface RowArray {
  readonly dtype: DType
  readonly address: Term
}

/** Most parts of expressions that are computed once for a row; there is room in scratch for as many. */
export const mostColumns = 24

/** Arrays at the start of the scratch: results of stages, and the state of the one at hand. */
const acrossArrays = (stages: number): number => stages + 2

/**
 * Bytes of scratch for rows side by side.
 *
 * @param stages - how many stages there are
 * @param operands - how many operands
 * @param segments - how many segments one chunk adds up
 * @param groups - how many partial sums are added up
 * @returns the bytes
 */
export const acrossScratchBytes = (stages: number, operands: number, segments: number, groups: number): number => {
  const levels = Math.ceil(Math.log2(Math.max(2, segments / termsOfBlock, groups))) + 2
  return (acrossArrays(stages) + mostColumns + operands + levels) * acrossBytes
}

/** The arrays of a block of rows side by side: results of stages, states, partial states, parts of expressions. */
export class RowArrays {
  readonly row: RowContext
  readonly #first: number
  #kept: Local<'i32'> | undefined

  /** @param row - what is at hand */
  constructor(row: RowContext) {
    this.row = row
    this.#first = acrossArrays(row.layout.stages.length)
  }

  /**
   * Starts a block of rows.
   *
   * @param kept - number of its kept place
   */
  begin(kept: Local<'i32'>): void {
    this.#kept = kept
  }

  /** Byte address of an array in scratch. */
  scratchArray(index: number): Term {
    return () => {
      i32.add(this.row.run.scratch, index * acrossBytes)
    }
  }

  /** Results of a stage: in scratch, or where other phases find them. */
  stageArray(position: number): RowArray {
    const row = this.row
    const stage = found(row.layout.stages[position], 'stage')
    const { result } = stage.reduction
    return {
      dtype: result,
      address: () => {
        row.shared(rowWord.stagesAt)()
        this.#sharedArray(() => {
          local.get(found(this.#kept, 'row'))
          i32.const(row.layout.stages.length)
          i32.mul()
          i32.const(position)
          i32.add()
        }, result)
        i32.add()
        this.scratchArray(position)()
        row.word(rowWord.isSplit)()
        select()
      },
    }
  }

  /** Bytes from the first of shared arrays to this block's part of one. */
  #sharedArray(index: Term, dtype: DType): void {
    const row = this.row
    index()
    row.word(rowWord.arrayLength)()
    i32.mul()
    i32.const(scratchItem)
    i32.mul()
    local.get(row.begin)
    i32.const(itemSize(dtype))
    i32.mul()
    i32.add()
  }

  /** What one group of segments has come to. */
  partialArray(stage: StageCode, group: Term, at: number): RowArray {
    const row = this.row
    const { state } = stage.reduction
    const dtype = found(state[at], 'part')
    return {
      dtype,
      address: () => {
        row.shared(rowWord.partialsAt)()
        this.#sharedArray(() => {
          local.get(found(this.#kept, 'row'))
          row.word(rowWord.groups)()
          i32.mul()
          group()
          i32.add()
          i32.const(state.length)
          i32.mul()
          i32.const(at)
          i32.add()
        }, dtype)
        i32.add()
      },
    }
  }

  /** The arrays in which states are held. */
  stateArrays(dtypes: readonly DType[]): RowArray[] {
    return dtypes.map((dtype, at) => ({ dtype, address: this.scratchArray(this.row.layout.stages.length + at) }))
  }

  /** The array of part number `at` of an expression. */
  columnArray(dtype: DType, at: number): RowArray {
    return { dtype, address: this.scratchArray(this.#first + at) }
  }

  /** Number of the first array in which pieces of operands are put. */
  get operandArrays(): number {
    return this.#first + mostColumns
  }

  /** The element of each row of the vector at hand. */
  element(dtype: DType, pointer: Local<'i32'>, vector: number): Term {
    const { lanes } = this.row
    return loadElements(lanes, dtype, readLocal(pointer), vector * lanes.count * itemSize(dtype))
  }

  /** Stores a vector of each part of a state. */
  storeState(dtypes: readonly DType[], state: State, targets: readonly Local<'i32'>[], vector: number): void {
    const row = this.row
    const isAlone = dtypes.length === 1
    const values = isAlone ? state : keepState(row, dtypes, state)
    dtypes.forEach((dtype, at) => {
      const stored = { dtype, pointer: found(targets[at], 'total'), value: found(values[at], 'part') }
      storeValues(row.lanes, [stored], vector)
    })
  }

  /** Emits a loop over arrays alone. */
  loopArrays(arrays: readonly RowArray[], body: (pointers: readonly Local<'i32'>[], vector: number) => void): void {
    const { lanes, builder, length } = this.row
    builder.scope(() => {
      const pointers = arrays.map(({ address }) => {
        const pointer = builder.local('i32')
        address()
        local.set(pointer)
        return pointer
      })
      const streams = arrays.map(({ dtype }, at): Stream => {
        return { pointer: found(pointers[at], 'array'), bytes: itemSize(dtype) }
      })
      const emit = (vector: number): void => {
        builder.scope(() => {
          body(pointers, vector)
        })
      }
      // The last vector may reach past the rows: there is room in arrays.
      vectorLoop(lanes, { count: length, streams, unroll: 1, full: emit, last: () => emit(0) })
    })
  }

  /** Fills arrays with a value each. */
  fill(arrays: readonly RowArray[], values: State): void {
    this.loopArrays(arrays, (pointers, vector) => {
      arrays.forEach(({ dtype }, at) => {
        const stored = { dtype, pointer: found(pointers[at], 'array'), value: found(values[at], 'value') }
        storeValues(this.row.lanes, [stored], vector)
      })
    })
  }

  /** Copies arrays to others. */
  copyArrays(from: readonly RowArray[], to: readonly RowArray[]): void {
    this.loopArrays([...from, ...to], (pointers, vector) => {
      to.forEach(({ dtype }, at) => {
        const value = this.element(dtype, found(pointers[at], 'from'), vector)
        storeValues(this.row.lanes, [{ dtype, pointer: found(pointers[from.length + at], 'to'), value }], vector)
      })
    })
  }

  /** Merges arrays of states into others. */
  mergeArrays(stage: StageCode, from: readonly RowArray[], into: readonly RowArray[]): void {
    const { reduction } = stage
    const { state } = reduction
    this.loopArrays([...from, ...into], (pointers, vector) => {
      const read = (arrays: readonly RowArray[], first: number): State =>
        keepState(
          this.row,
          state,
          arrays.map(({ dtype }, at) => this.element(dtype, found(pointers[first + at], 'array'), vector)),
        )
      const merged = reduction.merge(this.row.lanes, read(from, 0), read(into, from.length))
      this.storeState(state, merged, pointers.slice(from.length), vector)
    })
  }

  /** Copies one array to another. */
  copyArray(from: RowArray, to: RowArray): void {
    this.copyArrays([from], [to])
  }

  /** Byte address of the first level of the cascade. */
  get levels(): Term {
    return this.scratchArray(this.operandArrays + this.row.layout.itemSizes.length)
  }
}

/** Evaluates the parts of a state. */
export const keepState = (row: RowContext, dtypes: readonly DType[], state: State): State =>
  state.map((term, at) => row.builder.keep(valueTypeOf(row, found(dtypes[at], 'part')), term))

/** Evaluates an int32. */
export const keep32 = (row: RowContext, term: Term): Term => row.builder.keep(valueTypeOf(row, 'int32'), term)

const valueTypeOf = (row: RowContext, dtype: DType): 'v128' | 'f64' | 'f32' | 'i32' =>
  valueType(row.lanes, dtype) as 'v128' | 'f64' | 'f32' | 'i32'
