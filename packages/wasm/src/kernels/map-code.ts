import { itemSize, type MapStructure } from '@chainrule/tensor'
import { i32, type Local } from 'wasmati'
import { laneCount, type Lanes, makeLanes } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import { ExpressionCode } from '../expression-code.js'
import { expressionCost } from '../expression-cost.js'
import type { WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import { coordinateRamp, ElementSources, found } from './element-sources.js'
import type { Leaves } from './expression-leaves.js'
import { forEachPiece, type PieceOperand } from './pieces.js'
import { runFunction } from './run-function.js'
import { recordOfPhase, type RunArguments, walkSpaces, type WalkedRow } from './space-walk.js'
import { storeValues, type StoredOutput } from './store-values.js'
import { type Stream, vectorLoop } from './vector-loop.js'

/** Elements that are copied together at a time where an operand does not lie together. */
export const pieceElements = 256

/** Bytes of scratch for each operand that does not lie together. */
export const pieceBytes = pieceElements * 8 + 16

/** Expressions cheaper than this are worked off several vectors at a time. */
const unrollBelow = 16

/** Byte positions in the parameters: where the records of each phase are said to be, and the cells. */
export const mapHead = { tableAt: 0, cellsAt: 8 } as const

/** What leaves change with: repeated operands with the row, the others with the element. */
const changes = { row: 1, element: 2 } as const

/** The code of one row. */
export class MapRow {
  readonly #lanes: Lanes
  readonly #structure: MapStructure
  readonly #axes: readonly number[]
  readonly #isRepeated: (input: number) => boolean
  readonly #run: RunArguments
  readonly #sources: ElementSources
  readonly #code: ExpressionCode

  /**
   * @param lanes - the arithmetic
   * @param structure - what is computed
   * @param axes - axes whose coordinates are walked as operands
   * @param repeated - bit i is set where input i stays the same along a row
   * @param run - arguments of the kernel
   */
  constructor(lanes: Lanes, structure: MapStructure, axes: readonly number[], repeated: number, run: RunArguments) {
    this.#lanes = lanes
    this.#structure = structure
    this.#axes = axes
    this.#isRepeated = (input) => ((repeated >>> input) & 1) === 1
    this.#run = run
    this.#sources = new ElementSources({
      lanes,
      cells: () => i32.add(run.parameters, mapHead.cellsAt),
      count: () => i32.const(1),
      changesWith: (leaf) => {
        if (leaf.kind === 'input') return this.#isRepeated(leaf.input) ? changes.row : changes.element
        return leaf.kind === 'index' ? changes.element : 0
      },
    })
    this.#code = new ExpressionCode(lanes, this.#sources)
    this.#code.hoist(structure.outputs, 0)
  }

  /**
   * Emits the code of one row.
   *
   * @param row - pointers, steps and length
   */
  emit(row: WalkedRow): void {
    const { outputs, inputs } = this.#structure
    inputs.forEach((_, input) => {
      if (this.#isRepeated(input)) this.#sources.singles.set(input, readLocal(this.#pointer(row, input)))
    })
    this.#code.frame(outputs, () => {
      this.#code.hoist(outputs, changes.row)
      const operands = this.#operands(row)
      const ramps = this.#axes.map((_, at) => {
        const step = found(row.steps[inputs.length + outputs.length + at], 'step')
        return { step, ramp: coordinateRamp(this.#lanes, step) }
      })
      const pieces = { operands, length: row.length, pieceLength: row.pieceLength, scratch: this.#run.scratch }
      forEachPiece(this.#lanes.builder, pieces, (pointers, count) => {
        this.#axes.forEach((axis, at) => {
          const value = found(pointers[operands.length - this.#axes.length + at], 'coordinate')
          this.#sources.coordinates.set(axis, { value, ...found(ramps[at], 'ramp') })
        })
        this.#piece(operands, pointers, count)
      })
    })
  }

  /** The operands that move along the row: inputs that are not repeated, outputs, coordinates. */
  #operands(row: WalkedRow): PieceOperand[] {
    const { outputs, inputs } = this.#structure
    const operand = (at: number, role: PieceOperand['role'], size: number): PieceOperand => ({
      role,
      itemSize: size,
      start: this.#pointer(row, at),
      step: found(row.steps[at], 'step'),
      scratchAt: at * pieceBytes,
    })
    return [
      ...inputs.flatMap((dtype, at) => (this.#isRepeated(at) ? [] : [operand(at, 'read', itemSize(dtype))])),
      ...outputs.map(({ dtype }, at) => operand(inputs.length + at, 'write', itemSize(dtype))),
      ...this.#axes.map((_, at) => operand(inputs.length + outputs.length + at, 'coordinate', 1)),
    ]
  }

  #piece(operands: readonly PieceOperand[], pointers: readonly Local<'i32'>[], count: Local<'i32'>): void {
    const { outputs, inputs } = this.#structure
    const moving = inputs.flatMap((_, input) => (this.#isRepeated(input) ? [] : [input]))
    moving.forEach((input, at) => this.#sources.streams.set(input, found(pointers[at], 'pointer')))
    const targets = outputs.map((_, at) => found(pointers[moving.length + at], 'pointer'))
    const streams = operands.map(({ role, itemSize: size, step }, at): Stream => {
      return { pointer: found(pointers[at], 'pointer'), bytes: role === 'coordinate' ? step : size }
    })
    vectorLoop(this.#lanes, {
      count,
      streams,
      unroll: this.#lanes.count > 1 && expressionCost(outputs) < unrollBelow ? 4 : 1,
      full: (vector) => {
        this.#vector(vector, targets)
      },
      last: (left) => {
        this.#vector(0, targets, left)
      },
    })
  }

  #vector(vector: number, targets: readonly Local<'i32'>[], left?: Local<'i32'>): void {
    const { outputs } = this.#structure
    this.#sources.vector = vector
    this.#code.frame(outputs, () => {
      // Every output is evaluated before any is stored, as it may lie where an input is.
      const isAlone = outputs.length === 1 && left === undefined
      const values = outputs.map((output, at): StoredOutput => ({
        dtype: output.dtype,
        pointer: found(targets[at], 'output'),
        value: isAlone ? this.#code.value(output) : this.#code.keep(output),
      }))
      storeValues(this.#lanes, values, vector, left)
    })
  }

  #pointer(row: WalkedRow, operand: number): Local<'i32'> {
    return found(row.pointers[operand], `operand ${operand}`)
  }
}

/**
 * The module of a map kernel.
 *
 * @param structure - what is computed
 * @param leaves - what its expressions read
 * @param repeated - bit i is set where input i stays the same along the innermost axis
 * @param features - of the engine
 * @returns its bytes
 */
export const mapModule = (
  structure: MapStructure,
  leaves: Leaves,
  repeated: number,
  features: WasmFeatures,
): Uint8Array<ArrayBuffer> => {
  const operandCount = structure.inputs.length + structure.outputs.length + leaves.axes.length
  const run = runFunction((builder, values) => {
    const lanes = makeLanes(builder, features, laneCount(leaves.dtypes, features))
    const inner = new MapRow(lanes, structure, leaves.axes, repeated, values)
    walkSpaces(builder, values, operandCount, recordOfPhase(values, mapHead.tableAt), (row) => {
      inner.emit(row)
    })
  })
  return kernelModule(features, { run })
}
