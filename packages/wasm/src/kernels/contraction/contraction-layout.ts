import type { Local } from 'wasmati'
import {
  buildFunction,
  type FunctionBuilder,
  type FunctionLibrary,
  type Term,
  type WasmFunction,
} from '../../assembly/function-builder.js'
import { add, increase, loadWord, mul, named, push, quotient, remainder, set, sub } from '../../assembly/words.js'
import type { Leaves } from '../expression-leaves.js'

/** Words that every contraction has besides its own. */
export type SharedField = 'sharedScratch'

/**
 * Where things stand in the argument block of a contraction: the operands' addresses (inputs, then the output), words with
 * names, cells, then records of how the operands are walked.
 */
export interface ContractionLayout<Field extends string> {
  /** Byte position of a word with a name. */
  readonly at: Readonly<Record<Field, number>>
  readonly cellsAt: number
  /** Byte position of the records; there may be several of them. */
  readonly recordsAt: number
  readonly records: RecordShape
}

/**
 * What records hold: the batch rank; for each operand where its address stands in the argument block, its offset, and two
 * strides (in bytes); for each coordinate that expressions use its offset and its growth along rows and columns; then for each
 * batch axis its size, the strides of the operands and the growth of the coordinates.
 */
export interface RecordShape {
  readonly operands: number
  readonly coordinates: number
}

const operandBytes = 16
const coordinateBytes = 12

/** Bytes of one batch axis. */
const axisBytes = ({ operands, coordinates }: RecordShape): number => 4 * (1 + operands + coordinates)

const operandAt = (operand: number): number => 4 + operandBytes * operand

const coordinateAt = ({ operands }: RecordShape, coordinate: number): number =>
  operandAt(operands) + coordinateBytes * coordinate

const axesAt = (shape: RecordShape): number => coordinateAt(shape, shape.coordinates)

/**
 * Lays out the argument block of a contraction.
 *
 * @param operands - how many operands it has
 * @param leaves - what its expression reads
 * @param fields - names of the words
 * @returns the layout
 */
export const contractionLayout = <Field extends string>(
  operands: number,
  leaves: Leaves,
  fields: readonly Field[],
): ContractionLayout<Field | SharedField> => {
  const names = [...fields, 'sharedScratch'] as const
  const at = Object.fromEntries(names.map((name, position) => [name, 4 * (operands + position)]))
  const cellsAt = (4 * (operands + names.length) + 7) & ~7
  return {
    at: at as Record<Field | SharedField, number>,
    cellsAt,
    recordsAt: cellsAt + 8 * leaves.cells,
    records: { operands, coordinates: leaves.axes.length },
  }
}

/** How one operand is walked, in elements. */
export interface WalkedMatrix {
  offset: number
  readonly batch: number[]
  readonly matrix: [number, number]
}

/** How a coordinate grows. */
export interface WalkedCoordinate {
  readonly offset: number
  readonly batch: readonly number[]
  readonly matrix: readonly [number, number]
}

/** What is written into a record. */
export interface RecordContents {
  readonly batch: readonly number[]
  readonly operands: readonly WalkedMatrix[]
  /** Bytes of an element of each operand. */
  readonly itemSizes: readonly number[]
  /** Which operand of the kernel each one is. */
  readonly addresses: readonly number[]
  readonly coordinates: readonly WalkedCoordinate[]
}

/** Words that a record takes. */
export const recordWords = (shape: RecordShape, rank: number): number => (axesAt(shape) + axisBytes(shape) * rank) / 4

/**
 * Writes a record.
 *
 * @param words - the argument block
 * @param at - word where the record begins
 * @param shape - what it holds
 * @param contents - what to write
 */
export const writeRecord = (
  words: Int32Array,
  at: number,
  shape: RecordShape,
  { batch, operands, itemSizes, addresses, coordinates }: RecordContents,
): void => {
  words[at] = batch.length
  const axes = at + axesAt(shape) / 4
  const step = axisBytes(shape) / 4
  batch.forEach((size, axis) => {
    words[axes + axis * step] = size
  })
  operands.forEach((operand, position) => {
    const size = itemSizes[position] ?? 4
    const place = at + operandAt(position) / 4
    words[place] = 4 * (addresses[position] ?? position)
    words[place + 1] = operand.offset * size
    words[place + 2] = operand.matrix[0] * size
    words[place + 3] = operand.matrix[1] * size
    operand.batch.forEach((stride, axis) => {
      words[axes + axis * step + 1 + position] = stride * size
    })
  })
  coordinates.forEach((coordinate, position) => {
    const place = at + coordinateAt(shape, position) / 4
    words[place] = coordinate.offset
    words[place + 1] = coordinate.matrix[0]
    words[place + 2] = coordinate.matrix[1]
    coordinate.batch.forEach((growth, axis) => {
      words[axes + axis * step + 1 + shape.operands + position] = growth
    })
  })
}

/**
 * Emits a loop over the batch axes of a record, innermost first.
 *
 * @param builder - the function under construction
 * @param shape - of the record
 * @param records - its byte address
 * @param batch - number of the matrix in the batch
 * @param body - gets the coordinate along the axis, the growth of operands, and that of coordinates
 */
export const eachBatchAxis = (
  builder: FunctionBuilder,
  shape: RecordShape,
  records: Local,
  batch: Local,
  body: (place: Local, growthOf: (operand: number | Local) => Term, coordinateGrowth: (which: number) => Term) => void,
): void => {
  const left = named(builder, loadWord(records, 0))
  const rest = named(builder, batch)
  const axis = named(builder, add(records, mul(left, axisBytes(shape)), axesAt(shape)))
  const place = builder.local('i32')
  builder.while(
    () => {
      push(left)
    },
    () => {
      increase(left, -1)
      set(axis, sub(axis, axisBytes(shape)))
      const size = loadWord(axis, 0)
      set(place, remainder(rest, size))
      body(
        place,
        (operand) =>
          typeof operand === 'number' ? loadWord(axis, 4 + 4 * operand) : loadWord(add(axis, mul(operand, 4)), 4),
        (which) => loadWord(axis, 4 + 4 * (shape.operands + which)),
      )
      set(rest, quotient(rest, size))
    },
  )
}

/**
 * The function that says where a matrix of a batch begins in an operand: `batchOffset(records, batch, operand)` in bytes.
 *
 * @param library - functions of the module
 * @param shape - of the records
 * @returns the function
 */
export const batchOffsetFunction = (library: FunctionLibrary, shape: RecordShape): WasmFunction => {
  const known = library.get('batchOffset')
  if (known !== undefined) return known
  const built = buildFunction(library, ['i32', 'i32', 'i32'], ['i32'], (builder, locals) => {
    const [records, batch, operand] = locals as [Local, Local, Local]
    const offset = named(builder, 0)
    eachBatchAxis(builder, shape, records, batch, (place, growthOf) => {
      increase(offset, mul(place, growthOf(operand)))
    })
    push(offset)
  })
  library.set('batchOffset', built)
  return built
}

/** Byte address of the element of an operand where both of its coordinates are 0, in the first matrix of the batch. */
export const operandStart = (parameters: Local, records: Local, operand: number): Term => {
  const at = operandAt(operand)
  return add(loadWord(add(parameters, loadWord(records, at)), 0), loadWord(records, at + 4))
}

/** First (0) or second (1) stride of an operand, in bytes. */
export const operandStride = (records: Local, operand: number, which: 0 | 1): Term =>
  loadWord(records, operandAt(operand) + 8 + 4 * which)

/** Offset (0) of a coordinate, or its growth along rows (1) or columns (2). */
export const coordinateWord = (records: Local, shape: RecordShape, which: number, word: 0 | 1 | 2): Term =>
  loadWord(records, coordinateAt(shape, which) + 4 * word)
