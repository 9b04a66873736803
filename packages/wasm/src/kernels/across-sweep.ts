import { type Expression, itemSize } from '@chainrule/tensor'
import { i32, local, type Local } from 'wasmati'
import type { Term } from '../assembly/function-builder.js'
import { readLocal } from '../assembly/library-function.js'
import { expressionCost } from '../expression-cost.js'
import { coordinateRamp, found } from './element-sources.js'
import { leavesOf } from './expression-leaves.js'
import { forEachPiece, type PieceOperand } from './pieces.js'
import { changes, type RowContext } from './row-context.js'
import { placeAxis } from './row-layout.js'
import { storeValues } from './store-values.js'
import { type Stream, vectorLoop } from './vector-loop.js'
import { acrossBytes, acrossElements, mostColumns, type RowArray, type RowArrays } from './row-arrays.js'

/** Expressions cheaper than this are worked off several vectors at a time. */
const unrollBelow = 16

/** A loop over the rows side by side, within a segment or outside of any. */
export interface Sweep {
  readonly roots: readonly Expression[]
  readonly outputs: readonly number[]
  readonly usesPlace: boolean
  /** Where each operand is. */
  readonly pointers: (operand: number) => Local<'i32'>
  /** Arrays whose pointers move along. */
  readonly arrays: readonly RowArray[]
  /** Emits code for one vector; gets the output pointers and those of the arrays. */
  vector(step: SweepStep): void
}

export interface SweepStep {
  readonly vector: number
  readonly left: Local<'i32'> | undefined
  readonly outputs: readonly Local<'i32'>[]
  readonly arrays: readonly Local<'i32'>[]
}

/** A part of an expression, or the result of a stage, that stands in an array. */
export interface ColumnArray {
  readonly part?: Expression
  readonly stage?: number
  readonly array: RowArray
}

/** Emits the loops over rows side by side. */
export class AcrossSweeps {
  readonly #row: RowContext
  readonly #arrays: RowArrays
  #pointers: readonly Local<'i32'>[] = []

  /** @param arrays - of the rows */
  constructor(arrays: RowArrays) {
    this.#row = arrays.row
    this.#arrays = arrays
  }

  /**
   * Starts a block of rows.
   *
   * @param pointers - of all operands, at its start
   */
  begin(pointers: readonly Local<'i32'>[]): void {
    this.#pointers = pointers
  }

  /**
   * Computes the parts of expressions that differ from row to row only, into arrays, and lists the stages used; then emits
   * what reads them.
   */
  withColumns(roots: readonly Expression[], stage: number, body: (arrays: readonly ColumnArray[]) => void): void {
    const { code } = this.#row
    const allowed = changes.space | changes.column | changes.stagesBefore(stage)
    const parts = code.parts(roots, allowed).filter((part) => part.kind === 'scalar')
    // Should there be more than there is room for, the others are computed for each element.
    const columns = parts.filter((part) => (code.changesWith(part) & ~changes.space) !== 0).slice(0, mostColumns)
    const arrays = columns.map((part, at): ColumnArray => ({
      part,
      array: this.#arrays.columnArray(part.dtype, at),
    }))
    if (arrays.length > 0) {
      const used = this.stagesOf(columns)
      this.sweep({
        roots: columns,
        outputs: [],
        usesPlace: false,
        pointers: (operand) => found(this.#pointers[operand], 'operand'),
        arrays: [...arrays.map(({ array }) => array), ...used.map((position) => this.#arrays.stageArray(position))],
        vector: ({ vector, arrays: pointers }) => {
          used.forEach((position, at) =>
            this.defineStage(position, found(pointers[arrays.length + at], 'stage'), vector),
          )
          const values = columns.map((part) => code.keep(part))
          columns.forEach((part, at) => {
            const pointer = found(pointers[at], 'column')
            const value = found(values[at], 'value')
            storeValues(this.#row.lanes, [{ dtype: part.dtype, pointer, value }], vector)
          })
        },
      })
    }
    // Stages that are used as they are.
    const bare = this.stagesOf(roots, new Set(columns))
    const stages = bare.map((position): ColumnArray => ({ stage: position, array: this.#arrays.stageArray(position) }))
    body([...arrays, ...stages])
  }

  /** Gives parts of expressions and stages the values that stand in arrays. */
  readColumns(columns: readonly ColumnArray[], pointers: readonly Local<'i32'>[], vector: number): void {
    columns.forEach(({ part, stage, array }, at) => {
      const pointer = found(pointers[at], 'column')
      if (part !== undefined) this.#row.code.define(part, this.#arrays.element(array.dtype, pointer, vector))
      if (stage !== undefined) this.defineStage(stage, pointer, vector)
    })
  }

  /** Gives a stage the results that stand in an array. */
  defineStage(position: number, pointer: Local<'i32'>, vector: number): void {
    const { dtype } = this.#arrays.stageArray(position)
    this.#row.sources.stages.set(position, this.#arrays.element(dtype, pointer, vector))
  }

  /** Stages whose results expressions use, other than within parts that are at hand. */
  stagesOf(roots: readonly Expression[], without: ReadonlySet<Expression> = new Set()): number[] {
    const positions = new Set<number>()
    const seen = new Set<Expression>()
    const visit = (expression: Expression): void => {
      if (seen.has(expression) || without.has(expression)) return
      seen.add(expression)
      if (expression.kind === 'stage') positions.add(expression.stage)
      else if (expression.kind === 'scalar') expression.arguments.forEach(visit)
    }
    roots.forEach(visit)
    return [...positions]
  }

  /** Points the sources at inputs that are the same for all rows side by side. */
  singles(roots: readonly Expression[], pointers: (operand: number) => Local<'i32'>): void {
    for (const input of leavesOf(roots).inputs) {
      if (this.#row.isSingle(input)) this.#row.sources.singles.set(input, readLocal(pointers(input)))
    }
  }

  /**
   * Emits a loop over the segments of this chunk, with what changes with them alone evaluated.
   *
   * @param roots - expressions that the body evaluates
   * @param outputs - outputs that it stores, by position
   * @param usesPlace - whether it counts the elements of rows
   * @param body - emits the body; gets where each operand is
   */
  segments(
    roots: readonly Expression[],
    outputs: readonly number[],
    usesPlace: boolean,
    body: (pointers: (operand: number) => Local<'i32'>) => void,
  ): void {
    const row = this.#row
    const leaves = leavesOf(roots)
    const walked = [
      ...leaves.inputs.filter((input) => !row.isColumn(input)),
      ...outputs.map((at) => row.outputOperand(at)),
      ...[...leaves.axes, ...(usesPlace ? [placeAxis] : [])].map((axis) => row.axisOperand(axis)),
    ]
    row.forEachSegment(walked, this.#pointers, (segment) => {
      const pointers = (operand: number): Local<'i32'> =>
        found(segment.get(operand) ?? this.#pointers[operand], 'operand')
      row.code.frame(roots, () => {
        this.singles(roots, pointers)
        row.code.hoist(roots, changes.space | changes.single)
        body(pointers)
      })
    })
  }

  /** Emits a loop over the rows side by side. */
  sweep(sweep: Sweep): void {
    const row = this.#row
    const { layout, lanes, builder, sources, code, run } = row
    const leaves = leavesOf(sweep.roots)
    const inputs = leaves.inputs.filter((input) => !row.isSingle(input))
    const axes = [...leaves.axes, ...(sweep.usesPlace ? [placeAxis] : [])]
    const outputs = sweep.outputs.map((at) => row.outputOperand(at))
    const coordinates = axes.map((axis) => row.axisOperand(axis))
    const operands = [...inputs, ...outputs, ...coordinates].map((operand): PieceOperand => ({
      role: inputs.includes(operand) ? 'read' : outputs.includes(operand) ? 'write' : 'coordinate',
      itemSize: found(layout.itemSizes[operand], 'size'),
      start: sweep.pointers(operand),
      step: row.step(operand),
      scratchAt: (this.#arrays.operandArrays + operand) * acrossBytes,
    }))
    const pieceLength: Term = () => i32.const(acrossElements)
    forEachPiece(builder, { operands, length: row.length, pieceLength, scratch: run.scratch }, (pointers, count) => {
      inputs.forEach((input, at) => sources.streams.set(input, found(pointers[at], 'input')))
      const targets = outputs.map((_, at) => found(pointers[inputs.length + at], 'output'))
      coordinates.forEach((operand, at) => {
        const value = found(pointers[inputs.length + outputs.length + at], 'coordinate')
        const step = row.step(operand)
        sources.coordinates.set(found(axes[at], 'axis'), { value, step, ramp: coordinateRamp(lanes, step) })
      })
      const arrays = sweep.arrays.map(({ address }) => {
        const pointer = builder.local('i32')
        address()
        local.set(pointer)
        return pointer
      })
      const streams = [
        ...operands.map(({ role, itemSize: size, step }, at): Stream => {
          return { pointer: found(pointers[at], 'pointer'), bytes: role === 'coordinate' ? step : size }
        }),
        ...sweep.arrays.map(({ dtype }, at): Stream => {
          return { pointer: found(arrays[at], 'array'), bytes: itemSize(dtype) }
        }),
      ]
      const emit = (vector: number, left?: Local<'i32'>): void => {
        sources.vector = vector
        code.frame(sweep.roots, () => {
          sweep.vector({ vector, left, outputs: targets, arrays })
        })
      }
      vectorLoop(lanes, {
        count,
        streams,
        unroll: lanes.count > 1 && expressionCost(sweep.roots) < unrollBelow ? 4 : 1,
        full: (vector) => {
          emit(vector)
        },
        last: (left) => {
          emit(0, left)
        },
      })
    })
  }
}
