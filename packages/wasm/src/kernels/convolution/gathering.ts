import type { Local } from 'wasmati'
import type { FunctionBuilder, Term } from '../../assembly/function-builder.js'
import { add, countUp, minimum, mul, named, quotient, remainder, set, sub, type Word } from '../../assembly/words.js'
import { operandStart } from '../contraction/contraction-layout.js'
import type { TileArithmetic } from '../contraction/tile-arithmetic.js'
import type { RunArguments } from '../space-walk.js'
import type { WeightGradientField } from './weight-gradient-layout.js'
import { openWindow, type WindowArea } from './window-code.js'

/** What the pieces of the code share. */
export interface Gathering {
  readonly builder: FunctionBuilder
  readonly run: RunArguments
  readonly records: Local
  readonly arithmetic: TileArithmetic
  readonly field: (name: WeightGradientField | 'sharedScratch') => Term
  readonly finish: (words: readonly Word[]) => void
}

/** Byte address of a partial sum. */
export const partialAt = ({ field }: Gathering, group: Word, partial: Word): Term =>
  add(field('sharedScratch'), mul(add(mul(group, field('partials')), partial), field('partialBytes')))

export interface Unit extends WindowArea {
  readonly window: Local
  /** Byte address of the gradients of the area in the group's first plane. */
  readonly gradient: Local
}

/** What belongs to an area of the output of some sample; locals are taken once and set by `openUnit`. */
export const makeUnit = (builder: FunctionBuilder, group: Local): Unit => ({
  sample: builder.local('i32'),
  group,
  row: builder.local('i32'),
  column: builder.local('i32'),
  rows: builder.local('i32'),
  columns: builder.local('i32'),
  window: builder.local('i32'),
  gradient: builder.local('i32'),
})

export const locateUnit = ({ builder, field }: Gathering, unit: Unit, index: Local): void => {
  builder.scope(() => {
    const rest = named(builder, quotient(index, field('areasAcross')))
    set(unit.column, mul(remainder(index, field('areasAcross')), field('areaColumns')))
    set(unit.row, mul(remainder(rest, field('areasDown')), field('areaRows')))
    set(unit.sample as Local, quotient(rest, field('areasDown')))
    set(unit.rows, minimum(field('areaRows'), sub(field('rows'), unit.row)))
    set(unit.columns, minimum(field('areaColumns'), sub(field('columns'), unit.column)))
  })
}

export const openUnit = (gathering: Gathering, unit: Unit, index: Local): void => {
  const { builder, run, records, arithmetic, field } = gathering
  const { itemBytes } = arithmetic
  locateUnit(gathering, unit, index)
  const reader = { builder, itemBytes, scratch: run.scratch, ofWindow: field, ofSource: field }
  openWindow(reader, unit, operandStart(run.parameters, records, 1), unit.window)
  const inGroup = mul(mul(unit.group, field('outputs')), field('gradientPlane'))
  const place = add(mul(unit.row, field('gradientPitch')), mul(unit.column, itemBytes))
  const inSample = mul(unit.sample, field('gradientSample'))
  set(unit.gradient, add(operandStart(run.parameters, records, 0), inSample, inGroup, place))
}

/** A partial sum, or a block of its pairs. */
export interface Item {
  readonly group: Local
  readonly firstPair: Local
  readonly pairs: Local
  readonly firstUnit: Local
  readonly lastUnit: Local
  readonly partial: Local
}

export const eachItem = (gathering: Gathering, body: (item: Item) => void): void => {
  const { builder, run, field } = gathering
  const index = builder.local('i32')
  countUp(index, run.first, run.last, 1, () => {
    builder.scope(() => {
      const rest = named(builder, quotient(index, field('pairBlocks')))
      const firstPair = named(builder, mul(remainder(index, field('pairBlocks')), field('blockPairs')))
      const group = named(builder, quotient(rest, field('partials')))
      const partial = named(builder, remainder(rest, field('partials')))
      const firstUnit = named(builder, mul(partial, field('unitsPerPartial')))
      body({
        group,
        firstPair,
        pairs: named(builder, minimum(field('blockPairs'), sub(field('pairs'), firstPair))),
        firstUnit,
        lastUnit: named(builder, minimum(add(firstUnit, field('unitsPerPartial')), field('units'))),
        partial: named(builder, partialAt(gathering, group, partial)),
      })
    })
  })
}
