import { type CopyKernel, type CopyPiece, type DType, itemSize, typedArrayOf } from '@chainrule/tensor'
import { coalesceAxes, type WalkedAxes } from '../coalesce.js'
import type { KernelCode, Planner } from '../kernel-code.js'
import { copyHead, copyModule, sumModule } from './copy-code.js'
import { pieceBytes, pieceElements } from './map-code.js'
import { ParameterBlock } from './parameter-block.js'
import { recordWords, type WalkedOperand, writeRecord } from './space-record.js'

const block = new ParameterBlock()
const codes = new Map<string, KernelCode>()

/** Elements of one chunk: some 10 to 50 µs. */
const chunkElements = 65536
const stridedChunkElements = 16384

/** What replaces only moves bytes, whatever they mean; what adds depends on the dtype. */
const codeFor = ({ dtype, accumulate }: CopyKernel['structure']): KernelCode => {
  const size = itemSize(dtype)
  const key = accumulate ? `copy add ${dtype}` : `copy ${size}`
  let code = codes.get(key)
  if (code === undefined) {
    code = { key, build: (features) => (accumulate ? sumModule(dtype, features) : copyModule(size, features)) }
    codes.set(key, code)
  }
  return code
}

/** The value to fill with, as an element of its dtype, repeated to eight bytes. */
const writePattern = (words: Int32Array, dtype: DType, value: number): void => {
  const size = itemSize(dtype)
  const element = new (typedArrayOf(dtype))(8 / size)
  element.fill(dtype === 'bool' ? Number(value !== 0) : value)
  words.set(new Int32Array(element.buffer), copyHead.patternAt / 4)
}

const isContiguous = ({ steps }: WalkedAxes): boolean => {
  const inner = steps.at(-1)
  return inner === undefined || inner.every((step) => step === 1)
}

/** Where records go, and what they are about. */
interface Pieces {
  readonly words: Int32Array
  readonly structure: CopyKernel['structure']
  /** Byte position of the word with the output's address. */
  readonly output: number
}

/** Writes the records of pieces that run at the same time. */
const writePieces = (
  { words, structure: { dtype, accumulate }, output }: Pieces,
  at: number,
  pieces: readonly CopyPiece[],
): { readonly end: number; readonly chunks: number; readonly isDense: boolean } => {
  const size = itemSize(dtype)
  let end = at
  let chunks = 0
  let areDense = true
  for (const piece of pieces) {
    // What adds reads the output too.
    const walks = accumulate ? [piece.source, piece.target, piece.target] : [piece.source, piece.target]
    const axes = coalesceAxes(piece.shape, walks, 1)
    if (axes.sizes.includes(0)) continue
    const isDense = isContiguous(axes)
    areDense &&= isDense
    const operands = walks.map((_, operand): WalkedOperand => ({
      itemSize: size,
      addressAt: operand === 0 ? copyHead.operandsAt + 4 * piece.input : output,
    }))
    const cut = isDense ? { chunkElements, pieceElements: 0 } : { chunkElements: stridedChunkElements, pieceElements }
    const written = writeRecord(words, end, axes, operands, chunks, cut)
    end = written.end
    chunks = written.nextChunk
  }
  return { end, chunks, isDense: areDense }
}

/**
 * Launches of copies. Filling is a phase of its own, before the pieces. Pieces that replace do not overlap and run
 * together; pieces that add may overlap, so each is a phase.
 *
 * @param kernel - the kernel
 * @returns its plan
 */
export const planCopy: Planner<CopyKernel> = ({ structure, fill, pieces }) => {
  const { dtype, accumulate } = structure
  const size = itemSize(dtype)
  const inputs = Math.max(0, ...pieces.map((piece) => piece.input + 1))
  const rank = Math.max(0, ...pieces.map(({ shape }) => shape.length))
  const groups = accumulate ? pieces.map((piece) => [piece]) : [pieces]
  const output = copyHead.operandsAt + 4 * inputs
  const table = output / 4 + 1
  let at = table + 1 + groups.length
  const words = block.words(at + pieces.length * recordWords(rank, 3))
  words[copyHead.tableAt / 4] = 4 * table
  words[copyHead.outputAt / 4] = output
  words[copyHead.fillPhaseAt / 4] = fill === undefined ? -1 : 0
  const phases: number[] = []
  if (fill !== undefined) {
    writePattern(words, dtype, fill.value)
    words[copyHead.fillStartAt / 4] = fill.offset * size
    words[copyHead.fillBytesAt / 4] = fill.size * size
    words[copyHead.fillChunkBytesAt / 4] = 4 * chunkElements
    phases.push(Math.ceil((fill.size * size) / (4 * chunkElements)))
  }
  let needsScratch = false
  for (const group of groups) {
    words[table + phases.length] = 4 * at
    const written = writePieces({ words, structure, output }, at, group)
    at = written.end
    needsScratch ||= accumulate && !written.isDense
    phases.push(written.chunks)
  }
  return {
    code: codeFor(structure),
    parameters: block.bytes(at),
    operandsAt: copyHead.operandsAt,
    cellsAt: 0,
    cellCount: 0,
    phases,
    scratchBytes: needsScratch ? 3 * pieceBytes : 0,
    sharedScratchBytes: 0,
    sharedScratchAt: 0,
  }
}
