import { itemSize } from '@chainrule/tensor'
import type { ContractionLibrary } from '../../contraction-library.js'
import type { KernelCode, KernelPlan } from '../../kernel-code.js'
import {
  recordWords,
  type WalkedCoordinate,
  type WalkedMatrix,
  writeRecord,
} from '../contraction/contraction-layout.js'
import { type Finish, finishScratchBytes } from '../contraction/finish-code.js'
import { ParameterBlock } from '../parameter-block.js'
import { type LibraryDType, libraryModule } from './library-code.js'
import { libraryCuts } from './library-cuts.js'
import { type LibraryField, libraryLayout } from './library-layout.js'
import { operandForm, passedOperand } from './operand-form.js'

/** A product as it will be computed. */
export interface LibraryProduct {
  readonly batch: readonly number[]
  readonly rows: number
  readonly columns: number
  readonly inner: number
  /** A, B, operands of the epilogue, C. */
  readonly operands: readonly WalkedMatrix[]
  readonly coordinates: readonly WalkedCoordinate[]
  /** Which operand of the kernel each one is. */
  readonly addresses: readonly number[]
  /** Bytes of an element of each operand. */
  readonly itemSizes: readonly number[]
}

/** What is the same for all products of a structure. */
export interface LibraryStructure {
  readonly dtype: LibraryDType
  readonly finish: Finish
  readonly hasEpilogue: boolean
  readonly layout: ReturnType<typeof libraryLayout>
  readonly code: KernelCode
}

/**
 * What is the same for all products of a structure.
 *
 * @param key - same key, same code without a library
 * @param dtype - of the operands
 * @param finish - what is done with the sums
 * @param hasEpilogue - whether that is more than storing them
 * @returns the structure
 */
export const libraryStructure = (
  key: string,
  dtype: LibraryDType,
  finish: Finish,
  hasEpilogue: boolean,
): LibraryStructure => ({
  dtype,
  finish,
  hasEpilogue,
  layout: libraryLayout(finish.inputs.length, finish.leaves),
  code: { key: `library:${key}`, build: (features) => libraryModule(dtype, finish, features) },
})

const block = new ParameterBlock()

/** Most bytes of operands that a thread copies because of how they lie. */
const packedLimit = 2 ** 25

const align = (bytes: number): number => (bytes + 63) & ~63

/** The least power-of-two-avoiding row length, in elements, of sums in scratch: rows a page apart would share few cache sets. */
const sumsLeading = (columns: number, itemBytes: number): number => {
  const bytes = align(columns * itemBytes)
  return (bytes % 4096 === 0 ? bytes + 64 : bytes) / itemBytes
}

/**
 * The launch of a product on a library.
 *
 * @param structure - what the code depends on
 * @param product - sizes and operands
 * @param library - the library
 * @returns the plan, or undefined where the library should not or cannot compute it
 */
export const planLibraryProduct = (
  { finish, hasEpilogue, layout, code, dtype }: LibraryStructure,
  product: LibraryProduct,
  library: ContractionLibrary,
): KernelPlan | undefined => {
  const { rows, columns, inner, operands } = product
  const itemBytes = itemSize(dtype)
  const batch = product.batch.reduce((count, size) => count * size, 1)
  if (batch * rows * columns * inner === 0 || !library.prefers({ rows, columns, inner, itemBytes })) return undefined
  const [a, b] = operands as [WalkedMatrix, WalkedMatrix]
  const output = operands.at(-1) ?? a
  const [outputRow, outputColumn] = output.matrix
  const isDirect =
    !hasEpilogue && (outputColumn === 1 || columns === 1) && (rows === 1 || outputRow >= Math.max(1, columns))
  const cuts = libraryCuts({ batch, rows, columns, inner, scratchItemBytes: isDirect ? 0 : itemBytes })
  const { blockRows, blockColumns } = cuts
  const [rowBlocks, columnBlocks] = [Math.ceil(rows / blockRows), Math.ceil(columns / blockColumns)]
  const items = batch * rowBlocks * columnBlocks
  const itemsPerChunk = library.isConcurrent ? cuts.itemsPerChunk : items
  const left = passedOperand([rows, inner], a.matrix)
  const right = passedOperand([inner, columns], b.matrix)
  const leftBytes = left.form === operandForm.packed ? align(blockRows * inner * itemBytes) : 0
  const rightBytes = right.form === operandForm.packed ? align(inner * blockColumns * itemBytes) : 0
  if (leftBytes + rightBytes > packedLimit) return undefined
  const targetLeading = isDirect ? Math.max(columns, outputRow) : sumsLeading(blockColumns, itemBytes)
  const sumsAt = leftBytes + rightBytes
  const spareAt = sumsAt + (isDirect ? 0 : align(blockRows * targetLeading * itemBytes) + 64)

  const used = layout.recordsAt / 4 + recordWords(layout.records, product.batch.length)
  const words = block.words(used)
  const put = (name: LibraryField, value: number): void => {
    words[layout.at[name] / 4] = value
  }
  put('rows', rows)
  put('columns', columns)
  put('inner', inner)
  put('blockRows', blockRows)
  put('blockColumns', blockColumns)
  put('rowBlocks', rowBlocks)
  put('columnBlocks', columnBlocks)
  put('items', items)
  put('itemsPerChunk', itemsPerChunk)
  put('leftForm', left.form)
  put('leftLeading', left.leading)
  put('rightForm', right.form)
  put('rightLeading', right.form === operandForm.packed ? blockColumns : right.leading)
  put('isDirect', isDirect ? 1 : 0)
  put('targetLeading', targetLeading)
  put('rightAt', leftBytes)
  put('sumsAt', sumsAt)
  put('spareAt', spareAt)
  writeRecord(words, layout.recordsAt / 4, layout.records, product)
  return {
    code,
    parameters: block.bytes(used),
    cellsAt: layout.cellsAt,
    cellCount: finish.leaves.cells,
    phases: [Math.ceil(items / itemsPerChunk)],
    scratchBytes: spareAt + finishScratchBytes(finish) + 64,
    sharedScratchBytes: 0,
    sharedScratchAt: layout.at.sharedScratch,
    library: { calls: items, isConcurrent: library.isConcurrent },
  }
}
