import type { Walk, WalkedAxes } from '../coalesce.js'

/**
 * What code needs to walk one index space, as i32 words:
 *
 * | word | meaning |
 * |---|---|
 * | 0, 1 | number of the first chunk of the space, and of the first one after it |
 * | 2 | elements of the innermost axis |
 * | 3, 4 | elements of it in one block, and number of blocks |
 * | 5, 6 | rows (places of the other axes) in one chunk, and in all |
 * | 7 | number of other axes |
 * | 8 | most elements of a row to be worked off at a time |
 * | 9 | bytes of this record |
 * | 10 + 3k | for operand k: byte position in the parameters of its address, start and innermost step in bytes |
 * | then | for each other axis, innermost first: its size, and the step of each operand in bytes |
 */
export const recordHead = 10

/** Bytes of operand k's words from the start of a record. */
export const operandAt = (operand: number): number => 4 * (recordHead + 3 * operand)

/** Bytes from the start of a record to its axes. */
export const axesAt = (operands: number): number => operandAt(operands)

/** Bytes of the words of one axis. */
export const axisBytes = (operands: number): number => 4 * (1 + operands)

/** One operand of a walk. */
export interface WalkedOperand {
  /** Bytes of an element; 1 for a coordinate, whose "address" is its value. */
  readonly itemSize: number
  /** Byte position in the parameters of the word with its address; −1 for a coordinate. */
  readonly addressAt: number
}

/** How a walk is cut. */
export interface Cut {
  /** About how many elements one chunk has. */
  readonly chunkElements: number
  /** Most elements to be worked off at a time; 0 for whole rows. */
  readonly pieceElements: number
}

/** Elements of a block are a multiple of this, so that only the last block of a row ends within a vector. */
const blockUnit = 64

/**
 * Appends the record of one space.
 *
 * @param words - where records stand
 * @param at - position of the first word
 * @param axes - the space
 * @param operands - its operands
 * @param firstChunk - number of its first chunk
 * @param cut - how to cut it
 * @returns position after the record, and the number of the next chunk
 */
export const writeRecord = (
  words: Int32Array,
  at: number,
  axes: WalkedAxes,
  operands: readonly WalkedOperand[],
  firstChunk: number,
  cut: Cut,
): { readonly end: number; readonly nextChunk: number } => {
  const { sizes, steps, starts } = axes
  const outer = Math.max(0, sizes.length - 1)
  const length = sizes[outer] ?? 1
  let rows = 1
  for (let axis = 0; axis < outer; axis++) rows *= sizes[axis] ?? 1
  const { blockElements, rowsPerChunk } = cutSpace(length, rows, cut)
  const blocks = Math.ceil(length / blockElements)
  const nextChunk = firstChunk + blocks * Math.ceil(rows / rowsPerChunk)

  words[at] = firstChunk
  words[at + 1] = nextChunk
  words[at + 2] = length
  words[at + 3] = blockElements
  words[at + 4] = blocks
  words[at + 5] = rowsPerChunk
  words[at + 6] = rows
  words[at + 7] = outer
  words[at + 8] = cut.pieceElements === 0 ? 0x7fffffff : cut.pieceElements
  let word = at + recordHead
  for (let operand = 0; operand < operands.length; operand++) {
    const { itemSize = 1, addressAt = -1 } = operands[operand] ?? {}
    words[word++] = addressAt
    words[word++] = (starts[operand] ?? 0) * itemSize
    words[word++] = (steps[outer]?.[operand] ?? 0) * itemSize
  }
  for (let axis = outer - 1; axis >= 0; axis--) {
    words[word++] = sizes[axis] ?? 1
    for (let operand = 0; operand < operands.length; operand++) {
      words[word++] = (steps[axis]?.[operand] ?? 0) * (operands[operand]?.itemSize ?? 1)
    }
  }
  words[at + 9] = (word - at) * 4
  return { end: word, nextChunk }
}

const cutSpace = (
  length: number,
  rows: number,
  { chunkElements, pieceElements }: Cut,
): { readonly blockElements: number; readonly rowsPerChunk: number } => {
  // Pieces of rows that are copied together first are walked piece by piece over many rows, so that what is read of a
  // cache line for one row is still there for the next.
  const widest = pieceElements > 0 ? pieceElements : chunkElements
  const blocks = Math.max(1, Math.ceil(length / widest))
  const blockElements = blocks === 1 ? Math.max(1, length) : Math.ceil(length / blocks / blockUnit) * blockUnit
  const rowsPerChunk = Math.min(Math.max(1, rows), Math.max(1, Math.floor(chunkElements / blockElements)))
  return { blockElements, rowsPerChunk }
}

/** Most words that a record can take. */
export const recordWords = (rank: number, operands: number): number => recordHead + 3 * operands + rank * (1 + operands)

/** The walk of a coordinate: one step along its axis, none along the others. */
export const coordinateWalk = (axis: number, rank: number): Walk => ({
  strides: Array.from({ length: rank }, (_, at) => (at === axis ? 1 : 0)),
  offset: 0,
})
