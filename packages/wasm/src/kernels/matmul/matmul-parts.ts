import type { Local } from 'wasmati'
import type { FunctionBuilder, Term } from '../../assembly/function-builder.js'
import { add, countUp, minimum, mul, named, quotient, remainder, sub, type Word } from '../../assembly/words.js'
import type { RunArguments } from '../space-walk.js'
import type { MatmulField } from './matmul-layout.js'

/** What the parts of the code share. */
export interface MatmulParts {
  readonly builder: FunctionBuilder
  readonly run: RunArguments
  readonly itemBytes: 4 | 8
  /** A word of the argument block. */
  readonly field: (name: MatmulField | 'sharedScratch') => Term
  /** Byte address of a matrix of A (0), B (1) or C. */
  readonly matrix: (operand: number, batch: Local) => Term
  readonly stride: (operand: number, which: 0 | 1) => Term
  readonly output: number
  readonly finish: (words: readonly Word[]) => void
}

/** One block of C. */
export interface Item {
  readonly batch: Local
  readonly row: Local
  readonly column: Local
  readonly rows: Local
  readonly columns: Local
}

/** Blocks of C, for the chunks of this call. */
export const eachItem = ({ builder, run, field }: MatmulParts, body: (item: Item) => void): void => {
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

export const finishItem = (parts: MatmulParts, { batch, row, column, rows, columns }: Item): void => {
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
