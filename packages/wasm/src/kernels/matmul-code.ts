import type { Local } from 'wasmati'
import type { FunctionBuilder, FunctionLibrary, Term } from '../assembly/function-builder.js'
import {
  add,
  callWith,
  countUp,
  equal,
  less,
  loadWord,
  minimum,
  mul,
  named,
  notEqual,
  quotient,
  remainder,
  roundUp,
  set,
  sub,
  when,
  type Word,
} from '../assembly/words.js'
import type { WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import { contractionImports } from './contraction/contraction-core.js'
import {
  batchOffsetFunction,
  type ContractionLayout,
  contractionLayout,
  operandStart,
  operandStride,
} from './contraction/contraction-layout.js'
import { type Finish, finishFunction } from './contraction/finish-code.js'
import type { ContractionDType } from './contraction/tile-arithmetic.js'
import { depthBlock } from './contraction/tile-variants.js'
import type { Leaves } from './expression-leaves.js'
import { runFunction } from './run-function.js'
import type { RunArguments } from './space-walk.js'

/** How a product is computed. */
export const matmulMode = {
  /** B is packed once, in a phase of its own; chunks share it. */
  shared: 0,
  /** Chunks pack what they need of B. */
  own: 1,
  /** A few rows times a matrix whose rows lie together. */
  rows: 2,
  /** A few rows times a matrix whose columns lie together. */
  dots: 3,
} as const

const fields = [
  'mode',
  'variant',
  'rows',
  'columns',
  'inner',
  /** Size of the block of C that is one item of work, and how many there are along each axis. */
  'blockRows',
  'blockColumns',
  'rowBlocks',
  'columnBlocks',
  'items',
  'itemsPerChunk',
  /** Rows and columns of panels, and all columns rounded up to panels. */
  'panelRows',
  'panelColumns',
  'paddedColumns',
  /** Of the packing phase: columns of a chunk, chunks along the columns, blocks of depth. */
  'packColumns',
  'packGroups',
  'depthBlocks',
  /** Bytes of a packed matrix; 0 where every matrix of the batch is the same. */
  'packedBytes',
  /** Whether tiles are stored to the output rather than finished from scratch. */
  'isDirect',
  /** Where in scratch the packed parts, the sums and spare room are, and bytes from row to row of the sums. */
  'rightAt',
  'sumsAt',
  'sumsStride',
  'spareAt',
  'tileSpareAt',
] as const

export type MatmulField = (typeof fields)[number]

/** Position of operands: A, B, those of the epilogue, C. */
export const matmulOperand = { a: 0, b: 1, firstInput: 2 } as const

export const matmulLayout = (inputs: number, leaves: Leaves) => contractionLayout(3 + inputs, leaves, fields)

type MatmulLayout = ContractionLayout<MatmulField | 'sharedScratch'>

/** What the parts of the code share. */
interface MatmulParts {
  readonly builder: FunctionBuilder
  readonly run: RunArguments
  readonly itemBytes: number
  /** A word of the argument block. */
  readonly field: (name: MatmulField | 'sharedScratch') => Term
  /** Byte address of a matrix of A (0), B (1) or C. */
  readonly matrix: (operand: number, batch: Local) => Term
  readonly stride: (operand: number, which: 0 | 1) => Term
  readonly output: number
  readonly finish: (words: readonly Word[]) => void
}

/** Bytes of a panel set of `lanes` lanes and some depth. */
const panelBytes = ({ itemBytes }: MatmulParts, lanes: Word, depth: Word): Term => mul(mul(lanes, depth), itemBytes)

/** Packing phase: a chunk is one block of depth of a group of columns of one matrix. */
const packShared = (parts: MatmulParts): void => {
  const { builder, run, field, matrix, stride } = parts
  const chunk = builder.local('i32')
  countUp(chunk, run.first, run.last, 1, () => {
    builder.scope(() => {
      const group = named(builder, remainder(chunk, field('packGroups')))
      const rest = named(builder, quotient(chunk, field('packGroups')))
      const depthFrom = named(builder, mul(remainder(rest, field('depthBlocks')), depthBlock))
      const batch = named(builder, quotient(rest, field('depthBlocks')))
      const depth = named(builder, minimum(depthBlock, sub(field('inner'), depthFrom)))
      const from = named(builder, mul(group, field('packColumns')))
      const columns = named(builder, minimum(field('packColumns'), sub(field('columns'), from)))
      const source = add(matrix(1, batch), mul(depthFrom, stride(1, 0)), mul(from, stride(1, 1)))
      const target = add(
        field('sharedScratch'),
        mul(batch, field('packedBytes')),
        panelBytes(parts, field('paddedColumns'), depthFrom),
        panelBytes(parts, from, depth),
      )
      callWith(contractionImports.packRight, [
        field('variant'),
        source,
        stride(1, 1),
        stride(1, 0),
        columns,
        depth,
        target,
        depth,
      ])
    })
  })
}

/** One block of C. */
interface Item {
  readonly batch: Local
  readonly row: Local
  readonly column: Local
  readonly rows: Local
  readonly columns: Local
}

/** Blocks of C, for the chunks of this call. */
const eachItem = ({ builder, run, field }: MatmulParts, body: (item: Item) => void): void => {
  const index = builder.local('i32')
  const end = named(builder, minimum(mul(run.last, field('itemsPerChunk')), field('items')))
  countUp(index, mul(run.first, field('itemsPerChunk')), end, 1, () => {
    builder.scope(() => {
      const rest = named(builder, quotient(index, field('columnBlocks')))
      const column = named(builder, mul(remainder(index, field('columnBlocks')), field('blockColumns')))
      const row = named(builder, mul(remainder(rest, field('rowBlocks')), field('blockRows')))
      body({
        batch: named(builder, quotient(rest, field('rowBlocks'))),
        row,
        column,
        rows: named(builder, minimum(field('blockRows'), sub(field('rows'), row))),
        columns: named(builder, minimum(field('blockColumns'), sub(field('columns'), column))),
      })
    })
  })
}

const finishItem = (parts: MatmulParts, { batch, row, column, rows, columns }: Item): void => {
  const { run, field } = parts
  const { scratch } = run
  parts.finish([
    add(scratch, field('spareAt')),
    add(scratch, field('sumsAt')),
    field('sumsStride'),
    batch,
    row,
    column,
    rows,
    columns,
  ])
}

/** Packed panels and register tiles. */
const multiplyPacked = (parts: MatmulParts): void => {
  const { builder, run, itemBytes, field, matrix, stride, output } = parts
  const { scratch } = run
  const isDirect = named(builder, field('isDirect'))
  const isShared = named(builder, equal(field('mode'), matmulMode.shared))
  const variant = named(builder, field('variant'))
  const inner = named(builder, field('inner'))
  eachItem(parts, (item) => {
    const { batch, row, column, rows, columns } = item
    const left = named(builder, add(matrix(0, batch), mul(row, stride(0, 0))))
    const right = named(builder, add(matrix(1, batch), mul(column, stride(1, 1))))
    const [target, targetStride] = [builder.local('i32'), builder.local('i32')]
    const [height, width] = [named(builder, rows), named(builder, columns)]
    when(
      isDirect,
      () => {
        set(targetStride, stride(output, 0))
        set(target, add(matrix(output, batch), mul(row, targetStride), mul(column, itemBytes)))
      },
      () => {
        set(targetStride, field('sumsStride'))
        set(target, add(scratch, field('sumsAt')))
        // In scratch there is room for whole tiles.
        set(height, roundUp(rows, field('panelRows')))
        set(width, roundUp(columns, field('panelColumns')))
      },
    )
    const [from, depth, panels] = [builder.local('i32'), builder.local('i32'), builder.local('i32')]
    set(from, 0)
    const oneBlock = (): void => {
      set(depth, minimum(depthBlock, sub(inner, from)))
      callWith(contractionImports.packLeft, [
        variant,
        add(left, mul(from, stride(0, 1))),
        stride(0, 0),
        stride(0, 1),
        rows,
        depth,
        scratch,
        depth,
      ])
      when(
        isShared,
        () => {
          const before = panelBytes(parts, field('paddedColumns'), from)
          const inBatch = mul(batch, field('packedBytes'))
          set(panels, add(field('sharedScratch'), inBatch, before, panelBytes(parts, column, depth)))
        },
        () => {
          set(panels, add(scratch, field('rightAt')))
          callWith(contractionImports.packRight, [
            variant,
            add(right, mul(from, stride(1, 0))),
            stride(1, 1),
            stride(1, 0),
            columns,
            depth,
            panels,
            depth,
          ])
        },
      )
      callWith(contractionImports.block, [
        variant,
        scratch,
        height,
        panels,
        width,
        depth,
        target,
        targetStride,
        notEqual(from, 0),
        add(scratch, field('tileSpareAt')),
      ])
      set(from, add(from, depthBlock))
    }
    builder.repeatWhile(oneBlock, less(from, inner))
    when(equal(isDirect, 0), () => {
      finishItem(parts, item)
    })
  })
}

/** A few rows: B is read as it lies. */
const multiplySkinny = (parts: MatmulParts): void => {
  const { builder, run, itemBytes, field, matrix, stride } = parts
  const { scratch } = run
  const sums = add(scratch, field('sumsAt'))
  eachItem(parts, (item) => {
    const { batch, column, rows, columns } = item
    const left = named(builder, matrix(0, batch))
    const right = named(builder, add(matrix(1, batch), mul(column, stride(1, 1))))
    const count = add(rows, -1)
    when(
      equal(field('mode'), matmulMode.rows),
      () => {
        callWith(contractionImports.rows, [
          count,
          left,
          stride(0, 0),
          stride(0, 1),
          right,
          stride(1, 0),
          columns,
          field('inner'),
          sums,
          field('sumsStride'),
        ])
      },
      () => {
        const leftStride = named(builder, stride(0, 0))
        when(notEqual(stride(0, 1), itemBytes), () => {
          // Rows of A that do not lie together are copied: a panel one lane wide is a row.
          const [i, target] = [builder.local('i32'), builder.local('i32')]
          const rowBytes = named(builder, mul(field('inner'), itemBytes))
          set(target, scratch)
          countUp(i, 0, rows, 1, () => {
            callWith(contractionImports.packRow, [
              add(left, mul(i, leftStride)),
              itemBytes,
              stride(0, 1),
              1,
              field('inner'),
              target,
              field('inner'),
            ])
            set(target, add(target, rowBytes))
          })
          set(left, scratch)
          set(leftStride, rowBytes)
        })
        callWith(contractionImports.dots, [
          count,
          left,
          leftStride,
          right,
          stride(1, 1),
          columns,
          field('inner'),
          sums,
          field('sumsStride'),
        ])
      },
    )
    finishItem(parts, item)
  })
}

/**
 * The module of a matrix product.
 *
 * @param dtype - of the operands
 * @param finish - what is done with the sums
 * @param features - of the engine
 * @returns its bytes
 */
export const matmulModule = (
  dtype: ContractionDType,
  finish: Finish,
  features: WasmFeatures,
): Uint8Array<ArrayBuffer> => {
  const library: FunctionLibrary = new Map()
  const layout: MatmulLayout = matmulLayout(finish.inputs.length, finish.leaves)
  const batchOffset = batchOffsetFunction(library, layout.records)
  const finishBlock = finishFunction(library, features, layout, finish)
  const run = runFunction((builder, values) => {
    const { parameters } = values
    const records = named(builder, add(parameters, layout.recordsAt))
    const parts: MatmulParts = {
      builder,
      run: values,
      itemBytes: dtype === 'float64' ? 8 : 4,
      field: (name) => loadWord(parameters, layout.at[name]),
      matrix: (operand, batch) =>
        add(operandStart(parameters, records, operand), () => {
          callWith(batchOffset, [records, batch, operand])
        }),
      stride: (operand, which) => operandStride(records, operand, which),
      output: layout.records.operands - 1,
      finish: (words) => {
        callWith(finishBlock, [parameters, records, ...words])
      },
    }
    const mode = named(builder, parts.field('mode'))
    when(
      less(matmulMode.own, mode),
      () => {
        multiplySkinny(parts)
      },
      () => {
        const packs = add(values.phase, mode)
        when(
          packs,
          () => {
            multiplyPacked(parts)
          },
          () => {
            packShared(parts)
          },
        )
      },
    )
  }, library)
  return kernelModule(features, { run })
}
