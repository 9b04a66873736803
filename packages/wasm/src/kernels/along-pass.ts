import { type Expression, itemSize } from '@chainrule/tensor'
import { i32, local, select, type Local } from 'wasmati'
import type { Term } from '../assembly/function-builder.js'
import { readLocal } from '../assembly/library-function.js'
import { loadElements } from '../assembly/memory-code.js'
import { cascadeLevels, valueBytes } from './cascade.js'
import { coordinateRamp, found } from './element-sources.js'
import { leavesOf } from './expression-leaves.js'
import { pieceBytes } from './map-code.js'
import { forEachPiece, type PieceOperand } from './pieces.js'
import { changes, type RowContext } from './row-context.js'
import { placeAxis, scratchItem } from './row-layout.js'
import { rowWord } from './row-record.js'
import { savedParts } from './saved-parts.js'
import { storeValues } from './store-values.js'
import { type Stream, vectorLoop } from './vector-loop.js'

/** Expressions cheaper than this are worked off several vectors at a time. */
export const unrollBelow = 16

/** Scratch: levels of a cascade, then room for pieces of operands, then saved rows. */
export const alongScratch = {
  levels: 0,
  pieces: cascadeLevels * valueBytes,
  saved: (operandCount: number): number => cascadeLevels * valueBytes + operandCount * pieceBytes,
} as const

/** Bytes of a saved row of so many elements. */
export const savedRowBytes = (elements: number): number => (elements * scratchItem + 127) & ~63
/** A loop over the elements of this part of the row. */
export interface AlongPass {
  readonly roots: readonly Expression[]
  /** Outputs that are stored, by position in the structure. */
  readonly outputs: readonly number[]
  readonly usesPlace: boolean
  /** Which parts of expressions are saved in this pass, and which read back. */
  readonly saves: readonly number[]
  readonly reads: readonly number[]
  readonly unroll: number
  /** Most elements of a piece; 0 if there is no reason for one. */
  readonly pieceLength: number
  /** Emits code for vector number `vector` behind the pointers, with the frame of the roots open; gets the output pointers. */
  vector(vector: number, left: Local<'i32'> | undefined, outputs: readonly Local<'i32'>[]): void
  /** Emits code at the end of a piece. */
  piece(count: Local<'i32'>): void
}

/** Emits the passes over the elements of rows that are walked along. */
export class AlongPasses {
  readonly #row: RowContext
  readonly #saved: readonly Expression[]
  #pointers: readonly Local<'i32'>[] = []
  #kept: Local<'i32'> | undefined
  #savedPointers: readonly Local<'i32'>[] = []

  /** @param row - what is at hand */
  constructor(row: RowContext) {
    this.#row = row
    this.#saved = savedParts(row.layout, (expression) => (row.code.changesWith(expression) & changes.element) !== 0)
  }

  /**
   * Starts a row.
   *
   * @param kept - its number
   * @param pointers - of all operands, at its start
   */
  begin(kept: Local<'i32'>, pointers: readonly Local<'i32'>[]): void {
    this.#kept = kept
    this.#pointers = pointers
  }

  /** Which saved parts a pass makes and which it reads: it makes those that it is the first to use. */
  savedIn(pass: number): Pick<AlongPass, 'saves' | 'reads'> {
    const { layout } = this.#row
    const rootsOf = (stage: number): readonly Expression[] =>
      stage < layout.stages.length
        ? [found(layout.stages[stage], 'stage').expression]
        : layout.elementOutputs.map((at) => found(layout.structure.outputs[at], 'output').expression)
    const uses = (stage: number, part: Expression): boolean => contains(rootsOf(stage), part)
    const saves: number[] = []
    const reads: number[] = []
    this.#saved.forEach((part, index) => {
      if (!uses(pass, part)) return
      const isFirst = !Array.from({ length: pass }, (_, stage) => uses(stage, part)).includes(true)
      ;(isFirst ? saves : reads).push(index)
    })
    return { saves, reads }
  }

  /**
   * Emits the loops over the elements of this part of the row.
   *
   * @param pass - what is done with them
   */
  emit(pass: AlongPass): void {
    const row = this.#row
    const { layout, lanes, builder, sources, code, run } = row
    const { itemSizes } = layout
    const leaves = leavesOf(pass.roots)
    const inputs = leaves.inputs.filter((input) => !row.isSingle(input))
    const axes = pass.usesPlace ? [...leaves.axes, placeAxis] : leaves.axes
    const outputs = pass.outputs.map((at) => row.outputOperand(at))
    const coordinates = axes.map((axis) => row.axisOperand(axis))
    const walked = [...inputs, ...outputs, ...coordinates]
    const ramps = coordinates.map((operand) => coordinateRamp(lanes, row.step(operand)))
    const savedUsed = [...pass.saves, ...pass.reads]
    const position = builder.local('i32')
    if (savedUsed.length > 0) this.#startOfPart(position)

    row.forEachSegment(walked, this.#pointers, (segment) => {
      const operands = walked.map((operand): PieceOperand => ({
        role: inputs.includes(operand) ? 'read' : outputs.includes(operand) ? 'write' : 'coordinate',
        itemSize: found(itemSizes[operand], 'size'),
        start: found(segment.get(operand), 'operand'),
        step: row.step(operand),
        scratchAt: alongScratch.pieces + operand * pieceBytes,
      }))
      const pieceLength: Term = () => {
        row.word(rowWord.pieceLength)()
        if (pass.pieceLength === 0) return
        i32.const(pass.pieceLength)
        row.word(rowWord.pieceLength)()
        i32.const(pass.pieceLength)
        i32.lt_u()
        select()
      }
      forEachPiece(builder, { operands, length: row.length, pieceLength, scratch: run.scratch }, (pointers, count) => {
        inputs.forEach((input, at) => sources.streams.set(input, found(pointers[at], 'input')))
        const targets = outputs.map((_, at) => found(pointers[inputs.length + at], 'output'))
        coordinates.forEach((operand, at) => {
          const value = found(pointers[inputs.length + outputs.length + at], 'coordinate')
          const axis = found(axes[at], 'axis')
          sources.coordinates.set(axis, { value, step: row.step(operand), ramp: found(ramps[at], 'ramp') })
        })
        this.#savedPointers = this.#saved.map(() => builder.local('i32'))
        for (const index of savedUsed) {
          this.#savedAddress(index, position)()
          local.set(found(this.#savedPointers[index], 'saved'))
        }
        const streams = [
          ...operands.map(({ role, itemSize: size, step }, at): Stream => {
            return { pointer: found(pointers[at], 'pointer'), bytes: role === 'coordinate' ? step : size }
          }),
          ...savedUsed.map((index): Stream => {
            const { dtype } = found(this.#saved[index], 'saved')
            return { pointer: found(this.#savedPointers[index], 'saved'), bytes: itemSize(dtype) }
          }),
        ]
        const vector = (at: number, left?: Local<'i32'>): void => {
          sources.vector = at
          code.frame(pass.roots, () => {
            this.#exchangeSaved(pass, at, left)
            pass.vector(at, left, targets)
          })
        }
        vectorLoop(lanes, {
          count,
          streams,
          unroll: pass.unroll,
          full: (at) => {
            vector(at)
          },
          last: (left) => {
            vector(0, left)
          },
        })
        pass.piece(count)
        if (savedUsed.length > 0) local.set(position, i32.add(position, count))
      })
    })
  }

  /** Number of the first element of this part among those of the row. */
  #startOfPart(position: Local<'i32'>): void {
    const row = this.#row
    local.get(row.segmentFrom)
    row.word(rowWord.inner)()
    i32.mul()
    local.get(row.begin)
    i32.add()
    local.set(position)
  }

  #savedAddress(index: number, position: Local<'i32'>): Term {
    const row = this.#row
    const size = itemSize(found(this.#saved[index], 'saved').dtype)
    const own = alongScratch.saved(row.layout.itemSizes.length)
    return () => {
      // Where the space is split, other phases read what this one saves.
      row.shared(rowWord.savedAt)()
      local.get(found(this.#kept, 'row'))
      i32.const(this.#saved.length)
      i32.mul()
      row.word(rowWord.arrayLength)()
      i32.mul()
      i32.add()
      i32.add(row.run.scratch, own)
      row.word(rowWord.isSplit)()
      select()
      row.word(rowWord.arrayLength)()
      i32.const(index)
      i32.mul()
      i32.add()
      local.get(position)
      i32.const(size)
      i32.mul()
      i32.add()
    }
  }

  #exchangeSaved(pass: AlongPass, vector: number, left?: Local<'i32'>): void {
    const { lanes, code } = this.#row
    for (const index of pass.reads) {
      const part = found(this.#saved[index], 'saved')
      const pointer = readLocal(found(this.#savedPointers[index], 'saved'))
      code.define(part, loadElements(lanes, part.dtype, pointer, vector * lanes.count * itemSize(part.dtype)))
    }
    for (const index of pass.saves) {
      const part = found(this.#saved[index], 'saved')
      const pointer = found(this.#savedPointers[index], 'saved')
      storeValues(lanes, [{ dtype: part.dtype, pointer, value: code.keep(part) }], vector, left)
    }
  }
}

/** Whether an expression is one of some expressions or of their parts. */
const contains = (roots: readonly Expression[], part: Expression): boolean => {
  const seen = new Set<Expression>()
  const visit = (expression: Expression): boolean => {
    if (expression === part) return true
    if (seen.has(expression)) return false
    seen.add(expression)
    return expression.kind === 'scalar' && expression.arguments.some(visit)
  }
  return roots.some(visit)
}
