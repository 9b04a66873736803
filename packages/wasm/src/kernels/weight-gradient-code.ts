import type { Local } from 'wasmati'
import type { FunctionBuilder, FunctionLibrary, Term } from '../assembly/function-builder.js'
import {
  add,
  callWith,
  countUp,
  increase,
  less,
  loadWord,
  minimum,
  mul,
  named,
  notEqual,
  push,
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
import { contractionLayout, operandStart } from './contraction/contraction-layout.js'
import { convolutionImports } from './contraction/convolution-core.js'
import { type Finish, finishFunction } from './contraction/finish-code.js'
import { type ContractionDType, type TileArithmetic, tileArithmetic } from './contraction/tile-arithmetic.js'
import { openWindow, sourceFields, type WindowArea, windowFields } from './contraction/window-code.js'
import type { Leaves } from './expression-leaves.js'
import { runFunction } from './run-function.js'
import type { RunArguments } from './space-walk.js'

const fields = [
  /** 1 where groups have so few outputs that weights are summed directly, without packing. */
  'isDirectSum',
  /** 1 where (channel, tap) pairs are the rows of the product, and outputs its columns. */
  'isSwapped',
  'variant',
  'panelRows',
  'panelColumns',
  /** Planes of the output in one group; groups; pairs of channel and tap. */
  'outputs',
  'groups',
  'taps',
  'tableAt',
  'pairs',
  /** Sizes of an output plane, and how many areas it has. */
  'rows',
  'columns',
  'areasDown',
  'areasAcross',
  /** Bytes of a row, a plane and a sample of the gradient. */
  'gradientPitch',
  'gradientPlane',
  'gradientSample',
  /** Areas of all samples; how many one partial sum adds up, and how many one block of depth holds. */
  'units',
  'unitsPerPartial',
  'partials',
  'unitsPerBlock',
  /** Pairs that an item works on, and how many such blocks there are. */
  'blockPairs',
  'pairBlocks',
  'items',
  /** Bytes of a partial sum, and of a row of it; rows that exist. */
  'partialBytes',
  'partialPitch',
  'partialRows',
  'partialColumns',
  /** Rows that a chunk of the last phase adds up, and such chunks of a group. */
  'reduceRows',
  'reduceChunks',
  /** Pieces in which a row is finished. */
  'spans',
  'spanColumns',
  'gradientAt',
  'pairsAt',
  'spareAt',
  'tileSpareAt',
  ...sourceFields,
  ...windowFields,
] as const

export type WeightGradientField = (typeof fields)[number]

/** Operands: gradient of the output, input, those of the epilogue, gradient of the weights. */
export const weightGradientLayout = (inputs: number, leaves: Leaves) => contractionLayout(3 + inputs, leaves, fields)

/** What the pieces of the code share. */
interface Gathering {
  readonly builder: FunctionBuilder
  readonly run: RunArguments
  readonly records: Local
  readonly arithmetic: TileArithmetic
  readonly field: (name: WeightGradientField | 'sharedScratch') => Term
  readonly finish: (words: readonly Word[]) => void
}

/** Byte address of a partial sum. */
const partialAt = ({ field }: Gathering, group: Word, partial: Word): Term =>
  add(field('sharedScratch'), mul(add(mul(group, field('partials')), partial), field('partialBytes')))

interface Unit extends WindowArea {
  readonly window: Local
  /** Byte address of the gradients of the area in the group's first plane. */
  readonly gradient: Local
}

/** What belongs to an area of the output of some sample; locals are taken once and set by `openUnit`. */
const makeUnit = (builder: FunctionBuilder, group: Local): Unit => ({
  sample: builder.local('i32'),
  group,
  row: builder.local('i32'),
  column: builder.local('i32'),
  rows: builder.local('i32'),
  columns: builder.local('i32'),
  window: builder.local('i32'),
  gradient: builder.local('i32'),
})

const locateUnit = ({ builder, field }: Gathering, unit: Unit, index: Local): void => {
  builder.scope(() => {
    const rest = named(builder, quotient(index, field('areasAcross')))
    set(unit.column, mul(remainder(index, field('areasAcross')), field('areaColumns')))
    set(unit.row, mul(remainder(rest, field('areasDown')), field('areaRows')))
    set(unit.sample as Local, quotient(rest, field('areasDown')))
    set(unit.rows, minimum(field('areaRows'), sub(field('rows'), unit.row)))
    set(unit.columns, minimum(field('areaColumns'), sub(field('columns'), unit.column)))
  })
}

const openUnit = (gathering: Gathering, unit: Unit, index: Local): void => {
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
interface Item {
  readonly group: Local
  readonly firstPair: Local
  readonly pairs: Local
  readonly firstUnit: Local
  readonly lastUnit: Local
  readonly partial: Local
}

const eachItem = (gathering: Gathering, body: (item: Item) => void): void => {
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

/** Packs the gradients of a unit, over the places of its area, for the left (rows) or the right side (columns). */
const packGradient = ({ arithmetic, field }: Gathering, unit: Unit, target: Word, panelDepth: Word): void => {
  const words = [
    field('variant'),
    unit.gradient,
    field('gradientPlane'),
    arithmetic.itemBytes,
    field('outputs'),
    mul(unit.rows, unit.columns),
    target,
    panelDepth,
  ]
  when(
    field('isSwapped'),
    () => {
      callWith(contractionImports.packRight, words)
    },
    () => {
      callWith(contractionImports.packLeft, words)
    },
  )
}

const packPairs = (gathering: Gathering, unit: Unit, item: Item, target: Word, panelDepth: Word): void => {
  const { run, field } = gathering
  const words = [
    field('variant'),
    unit.window,
    field('windowPlane'),
    add(run.parameters, field('tableAt')),
    field('taps'),
    item.firstPair,
    item.pairs,
    field('rowStep'),
    unit.rows,
    unit.columns,
    target,
    panelDepth,
  ]
  when(
    field('isSwapped'),
    () => {
      callWith(convolutionImports.packPairsLeft, words)
    },
    () => {
      callWith(convolutionImports.packPairsRight, words)
    },
  )
}

/** Products of packed gradients and packed patches over the places of some samples, in register tiles. */
const gatherTiles = (gathering: Gathering): void => {
  const { builder, run, arithmetic, field } = gathering
  const { itemBytes } = arithmetic
  const { scratch } = run
  eachItem(gathering, (item) => {
    const unit = makeUnit(builder, item.group)
    const gradient = named(builder, add(scratch, field('gradientAt')))
    const patches = named(builder, add(scratch, field('pairsAt')))
    const [target, rows, columns] = [builder.local('i32'), builder.local('i32'), builder.local('i32')]
    const [left, right] = [builder.local('i32'), builder.local('i32')]
    const [gradientWidth, pairsWidth] = [builder.local('i32'), builder.local('i32')]
    const [panelRows, panelColumns] = [field('panelRows'), field('panelColumns')]
    when(
      field('isSwapped'),
      () => {
        set(target, add(item.partial, mul(item.firstPair, field('partialPitch'))))
        set(rows, roundUp(item.pairs, panelRows))
        set(columns, roundUp(field('outputs'), panelColumns))
        set(left, patches)
        set(right, gradient)
        set(pairsWidth, mul(panelRows, itemBytes))
        set(gradientWidth, mul(panelColumns, itemBytes))
      },
      () => {
        set(target, add(item.partial, mul(item.firstPair, itemBytes)))
        set(rows, roundUp(field('outputs'), panelRows))
        set(columns, roundUp(item.pairs, panelColumns))
        set(left, gradient)
        set(right, patches)
        set(gradientWidth, mul(panelRows, itemBytes))
        set(pairsWidth, mul(panelColumns, itemBytes))
      },
    )
    const [from, to, index, depth, at] = [
      named(builder, item.firstUnit),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
    ]
    const oneBlock = (): void => {
      set(to, minimum(add(from, field('unitsPerBlock')), item.lastUnit))
      set(depth, 0)
      countUp(index, from, to, 1, () => {
        locateUnit(gathering, unit, index)
        increase(depth, mul(unit.rows, unit.columns))
      })
      set(at, 0)
      countUp(index, from, to, 1, () => {
        openUnit(gathering, unit, index)
        packPairs(gathering, unit, item, add(patches, mul(at, pairsWidth)), depth)
        packGradient(gathering, unit, add(gradient, mul(at, gradientWidth)), depth)
        increase(at, mul(unit.rows, unit.columns))
      })
      callWith(contractionImports.block, [
        field('variant'),
        left,
        rows,
        right,
        columns,
        depth,
        target,
        field('partialPitch'),
        notEqual(from, item.firstUnit),
        add(scratch, field('tileSpareAt')),
      ])
      set(from, to)
    }
    builder.repeatWhile(oneBlock, less(from, item.lastUnit))
  })
}

const storeZeros = ({ builder, arithmetic }: Gathering, target: Local, bytes: Word): void => {
  const at = builder.local('i32')
  countUp(at, 0, bytes, arithmetic.lanes * arithmetic.itemBytes, () => {
    push(add(target, at))
    arithmetic.zero()
    arithmetic.store(0)
  })
}

/** Sums of few planes, pair by pair. */
const gatherDirectly = (gathering: Gathering): void => {
  const { builder, run, field } = gathering
  eachItem(gathering, (item) => {
    const unit = makeUnit(builder, item.group)
    const [index, output, target, gradient] = [
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
    ]
    storeZeros(gathering, item.partial, mul(field('outputs'), field('partialPitch')))
    countUp(index, item.firstUnit, item.lastUnit, 1, () => {
      openUnit(gathering, unit, index)
      set(target, item.partial)
      set(gradient, unit.gradient)
      countUp(output, 0, field('outputs'), 1, () => {
        callWith(convolutionImports.gatherWeights, [
          gradient,
          unit.window,
          field('windowPlane'),
          add(run.parameters, field('tableAt')),
          field('taps'),
          field('pairs'),
          field('rowStep'),
          unit.rows,
          unit.columns,
          field('gradientPitch'),
          target,
        ])
        increase(gradient, field('gradientPlane'))
        increase(target, field('partialPitch'))
      })
    })
  })
}

/** Last phase: adds up partial sums in order, and finishes rows of them. */
const reducePartials = (gathering: Gathering): void => {
  const { builder, run, records, arithmetic, field } = gathering
  const chunk = builder.local('i32')
  countUp(chunk, run.first, run.last, 1, () => {
    builder.scope(() => {
      const group = named(builder, quotient(chunk, field('reduceChunks')))
      const row = named(builder, mul(remainder(chunk, field('reduceChunks')), field('reduceRows')))
      const rows = named(builder, minimum(field('reduceRows'), sub(field('partialRows'), row)))
      const bytes = named(builder, mul(rows, field('partialPitch')))
      const sums = named(builder, add(partialAt(gathering, group, 0), mul(row, field('partialPitch'))))
      const other = named(builder, sums)
      const [partial, at] = [builder.local('i32'), builder.local('i32')]
      countUp(partial, 1, field('partials'), 1, () => {
        increase(other, field('partialBytes'))
        countUp(at, 0, bytes, arithmetic.lanes * arithmetic.itemBytes, () => {
          push(add(sums, at))
          for (const address of [sums, other]) {
            push(add(address, at))
            arithmetic.load(0)
          }
          arithmetic.add()
          arithmetic.store(0)
        })
      })
      const span = builder.local('i32')
      countUp(span, 0, field('spans'), 1, () => {
        gathering.finish([
          records,
          add(run.scratch, field('spareAt')),
          sums,
          field('partialPitch'),
          add(mul(group, field('spans')), span),
          row,
          0,
          rows,
          field('spanColumns'),
        ])
        increase(sums, mul(field('spanColumns'), arithmetic.itemBytes))
      })
    })
  })
}

/**
 * The module of the gradient of a convolution's weights.
 *
 * @param dtype - of the operands
 * @param finish - what is done with the sums
 * @param features - of the engine
 * @returns its bytes
 */
export const weightGradientModule = (
  dtype: ContractionDType,
  finish: Finish,
  features: WasmFeatures,
): Uint8Array<ArrayBuffer> => {
  const library: FunctionLibrary = new Map()
  const layout = weightGradientLayout(finish.inputs.length, finish.leaves)
  const finishBlock = finishFunction(library, features, layout, finish)
  const run = runFunction((builder, values) => {
    const { parameters } = values
    const gathering: Gathering = {
      builder,
      run: values,
      records: named(builder, add(parameters, layout.recordsAt)),
      arithmetic: tileArithmetic(dtype, features),
      field: (name) => loadWord(parameters, layout.at[name]),
      finish: (words) => {
        callWith(finishBlock, [parameters, ...words])
      },
    }
    when(
      values.phase,
      () => {
        reducePartials(gathering)
      },
      () => {
        when(
          gathering.field('isDirectSum'),
          () => {
            gatherDirectly(gathering)
          },
          () => {
            gatherTiles(gathering)
          },
        )
      },
    )
  }, library)
  return kernelModule(features, { run })
}
