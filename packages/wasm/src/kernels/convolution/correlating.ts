import type { Local } from 'wasmati'
import type { FunctionBuilder, Term } from '../../assembly/function-builder.js'
import {
  add,
  countUp,
  increase,
  less,
  minimum,
  mul,
  named,
  quotient,
  remainder,
  set,
  sub,
  when,
  type Word,
} from '../../assembly/words.js'
import { operandStart, operandStride } from '../contraction/contraction-layout.js'
import type { RunArguments } from '../space-walk.js'
import { type CorrelationField, type PartField, partWords } from './correlation-layout.js'
import { openWindow, type WindowArea } from './window-code.js'

/** What the pieces of the code share. */
export interface Correlating {
  readonly builder: FunctionBuilder
  readonly run: RunArguments
  readonly itemBytes: number
  /** A word of the argument block. */
  readonly field: (name: CorrelationField | 'sharedScratch') => Term
  /** The current part, and a word of it. */
  readonly part: Local
  readonly ofPart: (name: PartField) => Term
  readonly finish: (words: readonly Word[]) => void
  readonly batchOffset: (records: Word, batch: Word, operand: number) => Term
  /** Position of the output among the operands. */
  readonly output: number
}

/** Makes the part of an item the current one; gives the number of the item within it. */
export const findPart = ({ builder, run, part, ofPart, field }: Correlating, index: Local, end: PartField): Local => {
  const first = named(builder, 0)
  set(part, add(run.parameters, field('partsAt')))
  builder.while(less(ofPart(end), add(index, 1)), () => {
    set(first, ofPart(end))
    increase(part, 4 * partWords)
  })
  return named(builder, sub(index, first))
}

/** Byte address where the packed weights of a group begin. */
export const packedWeights = ({ field, ofPart }: Correlating, group: Word): Term =>
  add(field('sharedScratch'), ofPart('packedAt'), mul(group, ofPart('packedGroup')))

/** Bytes of packed weights in front of a depth. */
export const packedBytes = ({ field, itemBytes }: Correlating, depth: Word): Term =>
  mul(mul(field('paddedRows'), depth), itemBytes)

/** An area of output places, and what its places see. */
export interface Area extends WindowArea {
  readonly records: Local
  /** What the area's first place sees through a tap of offset 0. */
  readonly window: Local
}

export const eachArea = (correlating: Correlating, body: (area: Area) => void): void => {
  const { builder, run, field, ofPart } = correlating
  const index = builder.local('i32')
  const end = named(builder, minimum(mul(run.last, field('itemsPerChunk')), field('items')))
  countUp(index, mul(run.first, field('itemsPerChunk')), end, 1, () => {
    builder.scope(() => {
      const rest = findPart(correlating, index, 'itemsEnd')
      const column = named(builder, mul(remainder(rest, ofPart('areasAcross')), ofPart('areaColumns')))
      set(rest, quotient(rest, ofPart('areasAcross')))
      const row = named(builder, mul(remainder(rest, ofPart('areasDown')), ofPart('areaRows')))
      set(rest, quotient(rest, ofPart('areasDown')))
      const area: Area = {
        sample: named(builder, quotient(rest, field('groups'))),
        group: named(builder, remainder(rest, field('groups'))),
        row,
        column,
        rows: named(builder, minimum(ofPart('areaRows'), sub(ofPart('rows'), row))),
        columns: named(builder, minimum(ofPart('areaColumns'), sub(ofPart('columns'), column))),
        records: named(builder, add(run.parameters, ofPart('recordsAt'))),
        window: builder.local('i32'),
      }
      const source = operandStart(run.parameters, area.records, 0)
      const reader = { ...correlating, scratch: run.scratch, ofWindow: ofPart, ofSource: field }
      openWindow(reader, area, source, area.window)
      body(area)
    })
  })
}

/** Number of an area's samples and groups among the matrices of the batch. */
export const batchOf = ({ field }: Correlating, { sample, group }: Area): Term =>
  add(mul(sample, field('groups')), group)

/** Where the sums of an area are stored: at their places of the output, or in scratch, and bytes from row to row of them. */
export interface AreaTarget {
  readonly isStored: Local
  readonly target: Local
  readonly targetStride: Local
}

export const areaTarget = (correlating: Correlating, area: Area): AreaTarget => {
  const { builder, run, field, ofPart, itemBytes, output } = correlating
  const [target, targetStride] = [builder.local('i32'), builder.local('i32')]
  const isStored = named(builder, ofPart('isDirectStore'))
  when(
    isStored,
    () => {
      const batch = correlating.batchOffset(area.records, batchOf(correlating, area), output)
      const first = mul(add(mul(area.row, ofPart('columns')), area.column), itemBytes)
      set(target, add(operandStart(run.parameters, area.records, output), batch, first))
      set(targetStride, operandStride(area.records, output, 0))
    },
    () => {
      set(target, add(run.scratch, field('sumsAt')))
      set(targetStride, field('sumsStride'))
    },
  )
  return { isStored, target, targetStride }
}

/** Finishes sums of some planes: all places at once where they are stored as one row, else row by row. */
export const finishArea = (correlating: Correlating, area: Area): void => {
  const { builder, run, field, ofPart, itemBytes } = correlating
  const { scratch } = run
  const call = (sums: Word, batch: Word, firstColumn: Word, columns: Word): void => {
    correlating.finish([
      area.records,
      add(scratch, field('spareAt')),
      sums,
      field('sumsStride'),
      batch,
      0,
      firstColumn,
      field('rows'),
      columns,
    ])
  }
  const sums = named(builder, add(scratch, field('sumsAt')))
  when(
    ofPart('isMerged'),
    () => {
      const first = add(mul(area.row, ofPart('columns')), area.column)
      call(sums, batchOf(correlating, area), first, mul(area.rows, area.columns))
    },
    () => {
      const row = builder.local('i32')
      const end = named(builder, add(area.row, area.rows))
      countUp(row, area.row, end, 1, () => {
        call(sums, add(mul(batchOf(correlating, area), ofPart('rows')), row), area.column, area.columns)
        increase(sums, mul(area.columns, itemBytes))
      })
    },
  )
}
