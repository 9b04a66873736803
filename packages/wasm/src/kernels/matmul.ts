import { type Access, identityOf, itemSize, type MatmulKernel, type MatmulStructure, stage } from '@chainrule/tensor'
import { coalesceAxes } from '../coalesce.js'
import type { ContractionLibrary } from '../contraction-library.js'
import type { KernelCode, KernelPlan } from '../kernel-code.js'
import { contractionCore } from './contraction/contraction-core.js'
import { recordWords, type WalkedCoordinate, type WalkedMatrix, writeRecord } from './contraction/contraction-layout.js'
import { type Finish, finishScratchBytes } from './contraction/finish-code.js'
import { type ContractionDType, contractionDType } from './contraction/tile-arithmetic.js'
import { skinnyRows } from './contraction/skinny-rows.js'
import { tileColumns } from './contraction/register-tile.js'
import { tileFor } from './contraction/tile-choice.js'
import { depthBlock } from './contraction/tile-variants.js'
import { leavesOf } from './expression-leaves.js'
import { type LibraryStructure, libraryStructure, planLibraryProduct } from './library/plan-library-product.js'
import { blockingOf } from './matmul/matmul-blocking.js'
import { matmulModule } from './matmul/matmul-code.js'
import { type MatmulField, matmulLayout, matmulMode } from './matmul/matmul-layout.js'
import { ParameterBlock } from './parameter-block.js'

/** What the planner knows of a structure. */
interface KnownStructure {
  readonly dtype: ContractionDType
  readonly finish: Finish
  readonly usesIndex: boolean
  readonly hasEpilogue: boolean
  /** Bytes of an element of each operand. */
  readonly itemSizes: readonly number[]
  readonly layout: ReturnType<typeof matmulLayout>
  readonly code: KernelCode
  /** The same on a native library; libraries have no products of whole numbers. */
  readonly onLibrary: LibraryStructure | undefined
}

const known = new WeakMap<MatmulStructure, KnownStructure>()
const knownByKey = new Map<string, KnownStructure>()
const block = new ParameterBlock()

const learn = (structure: MatmulStructure): KnownStructure => {
  const dtype = contractionDType('matmul', structure.dtype)
  const { epilogue } = structure
  const expression = epilogue?.expression ?? stage(0, dtype)
  const inputs = epilogue?.inputs ?? []
  const key = `matmul:${dtype}:${inputs.join()}:${identityOf(expression)}`
  const same = knownByKey.get(key)
  if (same !== undefined) {
    known.set(structure, same)
    return same
  }
  const leaves = leavesOf([expression])
  const finish: Finish = { expression, leaves, dtype, inputs, firstInput: 2 }
  const learnt: KnownStructure = {
    dtype,
    finish,
    usesIndex: leaves.axes.length > 0,
    hasEpilogue: epilogue !== undefined,
    itemSizes: [dtype, dtype, ...inputs, expression.dtype].map(itemSize),
    layout: matmulLayout(inputs.length, leaves),
    code: { key, uses: [contractionCore[dtype]], build: (features) => matmulModule(dtype, finish, features) },
    onLibrary: dtype === 'int32' ? undefined : libraryStructure(key, dtype, finish, epilogue !== undefined),
  }
  known.set(structure, learnt)
  knownByKey.set(key, learnt)
  return learnt
}

/** A product as it will be computed: batch axes merged, or moved to the rows; perhaps transposed. */
interface Product {
  batch: number[]
  rows: number
  columns: number
  readonly inner: number
  /** A, B, operands of the epilogue, C. */
  readonly operands: WalkedMatrix[]
}

const walkOf = ({ strides, offset }: Access, rank: number): WalkedMatrix => ({
  offset,
  batch: strides.slice(0, rank),
  matrix: [strides[rank] ?? 0, strides[rank + 1] ?? 0],
})

const productOf = (kernel: MatmulKernel): Product => {
  const rank = kernel.batch.length
  return {
    batch: [...kernel.batch],
    rows: kernel.rows,
    columns: kernel.columns,
    inner: kernel.inner,
    operands: [kernel.a, kernel.b, ...kernel.epilogueInputs, kernel.output].map((access) => walkOf(access, rank)),
  }
}

/** Merges batch axes that every operand walks as one. */
const mergeBatch = (product: Product): void => {
  const { batch, operands } = product
  if (batch.length === 0) return
  const walks = operands.map((operand) => ({ strides: operand.batch, offset: operand.offset }))
  const { sizes, steps, starts } = coalesceAxes(batch, walks, -1)
  product.batch = [...sizes]
  operands.forEach((operand, position) => {
    operand.offset = starts[position] ?? 0
    operand.batch.splice(0, operand.batch.length, ...steps.map((step) => step[position] ?? 0))
  })
}

/** Where every matrix of the batch is multiplied by the same B, the batch is more rows. */
const moveBatchToRows = (product: Product): void => {
  const { operands } = product
  while (product.batch.length > 0 && product.rows > 0) {
    const axis = product.batch.length - 1
    const isSame = operands.every(({ batch, matrix }, position) =>
      position === 1 ? batch[axis] === 0 : batch[axis] === product.rows * matrix[0],
    )
    if (!isSame) return
    product.rows *= product.batch[axis] ?? 1
    product.batch.pop()
    for (const operand of operands) operand.batch.pop()
  }
}

/** C = A · B as Cᵀ = Bᵀ · Aᵀ. */
const transpose = (product: Product): void => {
  const [a, b, ...others] = product.operands as [WalkedMatrix, WalkedMatrix, ...WalkedMatrix[]]
  for (const operand of product.operands) operand.matrix.reverse()
  product.operands.splice(0, product.operands.length, b, a, ...others)
  const { rows } = product
  product.rows = product.columns
  product.columns = rows
}

/** Few columns are few rows of the transposed product, and a transposed C is a plain one of it. */
const isBetterTransposed = ({ rows, columns, operands }: Product): boolean => {
  if (columns <= 4 && rows > columns) return true
  const output = operands.at(-1)?.matrix ?? [1, 1]
  return output[1] !== 1 && output[0] === 1 && rows > 4
}

/** A coordinate of [...batch, rows, columns] as it grows along each of them. */
const coordinateOf = (axis: number, rank: number): WalkedCoordinate => ({
  offset: 0,
  batch: Array.from({ length: rank }, (_, position) => (position === axis ? 1 : 0)),
  matrix: [axis === rank ? 1 : 0, axis === rank + 1 ? 1 : 0],
})

const align = (bytes: number): number => (bytes + 63) & ~63

/**
 * Launches of matrix products. Panels of both operands are packed, so that plain and transposed ones cost the same; blocks of C
 * are chunks. How sums are ordered depends on sizes and strides alone.
 *
 * @param kernel - the kernel
 * @param library - a native library for products that it prefers
 * @returns its plan
 */
export const planMatmul = (kernel: MatmulKernel, library?: ContractionLibrary): KernelPlan => {
  const learnt = known.get(kernel.structure) ?? learn(kernel.structure)
  const { layout, itemSizes, finish, usesIndex, hasEpilogue, dtype, code } = learnt
  const product = productOf(kernel)
  let isTransposed = false
  if (!usesIndex) {
    mergeBatch(product)
    moveBatchToRows(product)
    isTransposed = isBetterTransposed(product)
    if (isTransposed) transpose(product)
  }
  const addresses = product.operands.map((_, position) => (isTransposed && position < 2 ? 1 - position : position))
  const coordinates = finish.leaves.axes.map((axis) => coordinateOf(axis, product.batch.length))
  if (library !== undefined && learnt.onLibrary !== undefined) {
    const plan = planLibraryProduct(learnt.onLibrary, { ...product, itemSizes, addresses, coordinates }, library)
    if (plan !== undefined) return plan
  }
  const { rows, columns, inner, operands } = product
  const [a, b] = operands as [WalkedMatrix, WalkedMatrix]
  const output = operands.at(-1) ?? a
  const batch = product.batch.reduce((count, size) => count * size, 1)
  const itemBytes = itemSize(dtype)
  const { variant, shape: tile } = tileFor(rows, columns, itemBytes)
  const panelRows = tile.rows
  const panelColumns = tileColumns(tile, itemBytes)
  const blocking = blockingOf({
    batch,
    rows,
    columns,
    inner,
    itemBytes,
    rowsOfBLieTogether: b.matrix[1] === 1 || columns === 1,
    columnsOfBLieTogether: b.matrix[0] === 1 || inner <= 1,
    panelRows,
    panelColumns,
  })
  const { mode, itemsPerChunk, packColumns } = blocking
  const blockRows = Math.max(1, blocking.blockRows)
  const blockColumns = Math.max(1, blocking.blockColumns)
  const isDirect = mode <= matmulMode.own && !hasEpilogue && output.matrix[1] === 1
  const rowBlocks = Math.ceil(rows / blockRows)
  const columnBlocks = Math.ceil(columns / blockColumns)
  const items = batch * rowBlocks * columnBlocks
  const paddedColumns = Math.ceil(columns / panelColumns) * panelColumns
  const depth = Math.min(depthBlock, inner)
  const depthBlocks = Math.max(1, Math.ceil(inner / depthBlock))
  const isShared = mode === matmulMode.shared
  const isSkinny = mode > matmulMode.own
  const isSameB = b.batch.every((stride) => stride === 0)
  const packedBytes = paddedColumns * inner * itemBytes
  const packGroups = Math.ceil(columns / packColumns)
  const roundedRows = Math.ceil(blockRows / panelRows) * panelRows
  const roundedColumns = (Math.ceil(blockColumns / panelColumns) + 1) * panelColumns
  const leftBytes = align(isSkinny ? rows * inner * itemBytes : roundedRows * depth * itemBytes)
  const rightBytes = mode === matmulMode.own ? align(roundedColumns * depth * itemBytes) : 0
  const sumsStride = align(roundedColumns * itemBytes + (isSkinny ? 64 : 0))
  const sumsBytes = isDirect ? 0 : (isSkinny ? skinnyRows : roundedRows) * sumsStride
  const rightAt = leftBytes
  const sumsAt = rightAt + rightBytes
  const spareAt = sumsAt + sumsBytes

  const rank = product.batch.length
  const used = layout.recordsAt / 4 + recordWords(layout.records, rank)
  const words = block.words(used)
  const put = (name: MatmulField, value: number): void => {
    words[layout.at[name] / 4] = value
  }
  put('mode', mode)
  put('variant', variant)
  put('rows', rows)
  put('columns', columns)
  put('inner', inner)
  put('blockRows', blockRows)
  put('blockColumns', blockColumns)
  put('rowBlocks', rowBlocks)
  put('columnBlocks', columnBlocks)
  put('items', items)
  put('itemsPerChunk', itemsPerChunk)
  put('panelRows', panelRows)
  put('panelColumns', panelColumns)
  put('paddedColumns', paddedColumns)
  put('packColumns', packColumns)
  put('packGroups', packGroups)
  put('depthBlocks', depthBlocks)
  put('packedBytes', isSameB ? 0 : packedBytes)
  put('isDirect', isDirect ? 1 : 0)
  put('rightAt', rightAt)
  put('sumsAt', sumsAt)
  put('sumsStride', sumsStride)
  put('spareAt', spareAt)
  writeRecord(words, layout.recordsAt / 4, layout.records, {
    batch: product.batch,
    operands,
    itemSizes,
    addresses,
    coordinates,
  })
  const chunks = Math.ceil(items / itemsPerChunk)
  const packChunks = (isSameB ? Math.min(1, batch) : batch) * depthBlocks * packGroups
  return {
    code,
    parameters: block.bytes(used),
    cellsAt: layout.cellsAt,
    cellCount: finish.leaves.cells,
    phases: items === 0 ? [0] : isShared ? [packChunks, chunks] : [chunks],
    scratchBytes: spareAt + finishScratchBytes(finish) + 64,
    sharedScratchBytes: isShared ? (isSameB ? 1 : batch) * packedBytes + 64 : 0,
    sharedScratchAt: layout.at.sharedScratch,
  }
}
