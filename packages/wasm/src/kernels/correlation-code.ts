import type { Local } from 'wasmati'
import type { FunctionBuilder, FunctionLibrary, Term } from '../assembly/function-builder.js'
import {
  add,
  callWith,
  countUp,
  equal,
  increase,
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
  contractionLayout,
  operandStart,
  operandStride,
} from './contraction/contraction-layout.js'
import { convolutionImports } from './contraction/convolution-core.js'
import { openWindow, sourceFields, type WindowArea, windowFields } from './contraction/window-code.js'
import { type Finish, finishFunction } from './contraction/finish-code.js'
import type { ContractionDType } from './contraction/tile-arithmetic.js'
import { depthBlock } from './contraction/tile-variants.js'
import type { Leaves } from './expression-leaves.js'
import { runFunction } from './run-function.js'
import type { RunArguments } from './space-walk.js'

const fields = [
  /** 1 where groups have so few rows that places are summed directly, without packing. */
  'isDirectSum',
  'variant',
  'panelRows',
  'panelColumns',
  /** Planes of the output in one group; groups; rows rounded up to panels. */
  'rows',
  'groups',
  'paddedRows',
  /** Strides of the weights in bytes. */
  'weightRow',
  'weightChannel',
  'weightGroup',
  'items',
  'itemsPerChunk',
  'partsAt',
  /** Where in scratch things are. */
  'rightAt',
  'sumsAt',
  'sumsStride',
  'spareAt',
  'tileSpareAt',
  'offsetsAt',
  ...sourceFields,
] as const

export type CorrelationField = (typeof fields)[number]

/** Position of operands: source, weights, those of the epilogue, output. */
export const correlationLayout = (inputs: number, leaves: Leaves) => contractionLayout(3 + inputs, leaves, fields)

const partFields = [
  /** Numbers of items and of packing chunks up to and including this part. */
  'itemsEnd',
  'packEnd',
  'taps',
  'tableAt',
  /** Pairs of channel and tap: the depth of the product; blocks of it. */
  'pairs',
  'depthBlocks',
  'rows',
  'columns',
  /** How many areas there are along each axis. */
  'areasDown',
  'areasAcross',
  ...windowFields,
  /** Byte position of the packed weights in shared scratch, and bytes of those of a group. */
  'packedAt',
  'packedGroup',
  'isPlain',
  'recordsAt',
  /** Whether rows of places are stored as one; whether tiles are stored to the output. */
  'isMerged',
  'isDirectStore',
] as const

export type PartField = (typeof partFields)[number]

/** Words of one part. */
export const partWords = partFields.length

/** Position of a word of a part. */
export const partWord = (name: PartField): number => partFields.indexOf(name)

/** What the pieces of the code share. */
interface Correlating {
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
const findPart = ({ builder, run, part, ofPart, field }: Correlating, index: Local, end: PartField): Local => {
  const first = named(builder, 0)
  set(part, add(run.parameters, field('partsAt')))
  builder.while(less(ofPart(end), add(index, 1)), () => {
    set(first, ofPart(end))
    increase(part, 4 * partWords)
  })
  return named(builder, sub(index, first))
}

/** Byte address where the packed weights of a group begin. */
const packedWeights = ({ field, ofPart }: Correlating, group: Word): Term =>
  add(field('sharedScratch'), ofPart('packedAt'), mul(group, ofPart('packedGroup')))

/** Bytes of packed weights in front of a depth. */
const packedBytes = ({ field, itemBytes }: Correlating, depth: Word): Term =>
  mul(mul(field('paddedRows'), depth), itemBytes)

/** Packing phase: a chunk is one block of depth of the weights of a group; without tiles, all the weights of a group. */
const packWeights = (correlating: Correlating): void => {
  const { builder, run, itemBytes, field, ofPart } = correlating
  const { parameters } = run
  const chunk = builder.local('i32')
  const records = builder.local('i32')
  countUp(chunk, run.first, run.last, 1, () => {
    builder.scope(() => {
      const rest = findPart(correlating, chunk, 'packEnd')
      const block = named(builder, remainder(rest, ofPart('depthBlocks')))
      const group = named(builder, quotient(rest, ofPart('depthBlocks')))
      const from = named(builder, mul(block, depthBlock))
      const depth = named(builder, minimum(depthBlock, sub(ofPart('pairs'), from)))
      set(records, add(parameters, ofPart('recordsAt')))
      const weights = named(builder, add(operandStart(parameters, records, 1), mul(group, field('weightGroup'))))
      const table = add(parameters, ofPart('tableAt'))
      when(
        field('isDirectSum'),
        () => {
          // A row of weights after another, each over all pairs.
          const row = builder.local('i32')
          const pairs = named(builder, ofPart('pairs'))
          countUp(row, 0, field('rows'), 1, () => {
            callWith(convolutionImports.packTapRow, [
              add(weights, mul(row, field('weightRow'))),
              field('weightRow'),
              field('weightChannel'),
              table,
              ofPart('taps'),
              0,
              pairs,
              1,
              add(packedWeights(correlating, group), mul(mul(row, pairs), itemBytes)),
            ])
          })
        },
        () => {
          const target = named(builder, add(packedWeights(correlating, group), packedBytes(correlating, from)))
          when(
            ofPart('isPlain'),
            () => {
              callWith(contractionImports.packLeft, [
                field('variant'),
                add(weights, mul(from, itemBytes)),
                field('weightRow'),
                itemBytes,
                field('rows'),
                depth,
                target,
                depth,
              ])
            },
            () => {
              callWith(convolutionImports.packTaps, [
                field('variant'),
                weights,
                field('weightRow'),
                field('weightChannel'),
                table,
                ofPart('taps'),
                from,
                depth,
                field('rows'),
                target,
              ])
            },
          )
        },
      )
    })
  })
}

/** An area of output places, and what its places see. */
interface Area extends WindowArea {
  readonly records: Local
  /** What the area's first place sees through a tap of offset 0. */
  readonly window: Local
}

const eachArea = (correlating: Correlating, body: (area: Area) => void): void => {
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
const batchOf = ({ field }: Correlating, { sample, group }: Area): Term => add(mul(sample, field('groups')), group)

/** Finishes sums of some planes: all places at once where they are stored as one row, else row by row. */
const finishArea = (correlating: Correlating, area: Area): void => {
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

/** Products of packed weights and packed patches, in register tiles. */
const correlateTiles = (correlating: Correlating): void => {
  const { builder, run, field, ofPart, itemBytes, output } = correlating
  const { scratch, parameters } = run
  const variant = named(builder, field('variant'))
  eachArea(correlating, (area) => {
    const places = named(builder, mul(area.rows, area.columns))
    const [target, targetStride] = [builder.local('i32'), builder.local('i32')]
    const [height, width] = [named(builder, field('rows')), named(builder, places)]
    const isStored = named(builder, ofPart('isDirectStore'))
    when(
      isStored,
      () => {
        const batch = correlating.batchOffset(area.records, batchOf(correlating, area), output)
        const first = mul(add(mul(area.row, ofPart('columns')), area.column), itemBytes)
        set(target, add(operandStart(parameters, area.records, output), batch, first))
        set(targetStride, operandStride(area.records, output, 0))
      },
      () => {
        set(target, add(scratch, field('sumsAt')))
        set(targetStride, field('sumsStride'))
        set(height, field('paddedRows'))
        set(width, roundUp(places, field('panelColumns')))
      },
    )
    const pairs = named(builder, ofPart('pairs'))
    const weights = named(builder, packedWeights(correlating, area.group))
    const panels = named(builder, add(scratch, field('rightAt')))
    const [from, depth] = [named(builder, 0), builder.local('i32')]
    const oneBlock = (): void => {
      set(depth, minimum(depthBlock, sub(pairs, from)))
      callWith(convolutionImports.packPlaces, [
        variant,
        area.window,
        ofPart('windowPlane'),
        add(parameters, ofPart('tableAt')),
        ofPart('taps'),
        from,
        depth,
        ofPart('rowStep'),
        area.columns,
        places,
        panels,
        add(scratch, field('offsetsAt')),
      ])
      callWith(contractionImports.block, [
        variant,
        add(weights, packedBytes(correlating, from)),
        height,
        panels,
        width,
        depth,
        target,
        targetStride,
        notEqual(from, 0),
        add(scratch, field('tileSpareAt')),
      ])
      increase(from, depthBlock)
    }
    builder.repeatWhile(oneBlock, less(from, pairs))
    when(equal(isStored, 0), () => {
      finishArea(correlating, area)
    })
  })
}

/** Sums of few planes, place by place. */
const correlateDirectly = (correlating: Correlating): void => {
  const { builder, run, field, ofPart, itemBytes } = correlating
  const { scratch, parameters } = run
  eachArea(correlating, (area) => {
    const row = builder.local('i32')
    const pairs = named(builder, ofPart('pairs'))
    const weights = named(builder, packedWeights(correlating, area.group))
    const sums = named(builder, add(scratch, field('sumsAt')))
    countUp(row, 0, field('rows'), 1, () => {
      callWith(convolutionImports.correlate, [
        area.window,
        ofPart('windowPlane'),
        add(parameters, ofPart('tableAt')),
        ofPart('taps'),
        pairs,
        weights,
        ofPart('rowStep'),
        area.rows,
        area.columns,
        sums,
        mul(area.columns, itemBytes),
      ])
      increase(weights, mul(pairs, itemBytes))
      increase(sums, field('sumsStride'))
    })
    finishArea(correlating, area)
  })
}

/**
 * The module of a convolution's forward pass, or of the gradient of its input.
 *
 * @param dtype - of the operands
 * @param finish - what is done with the sums
 * @param features - of the engine
 * @returns its bytes
 */
export const correlationModule = (
  dtype: ContractionDType,
  finish: Finish,
  features: WasmFeatures,
): Uint8Array<ArrayBuffer> => {
  const library: FunctionLibrary = new Map()
  const layout = correlationLayout(finish.inputs.length, finish.leaves)
  const batchOffset = batchOffsetFunction(library, layout.records)
  const finishBlock = finishFunction(library, features, layout, finish)
  const run = runFunction((builder, values) => {
    const { parameters } = values
    const part = builder.local('i32')
    const correlating: Correlating = {
      builder,
      run: values,
      itemBytes: dtype === 'float64' ? 8 : 4,
      field: (name) => loadWord(parameters, layout.at[name]),
      part,
      ofPart: (name) => loadWord(part, 4 * partWord(name)),
      finish: (words) => {
        callWith(finishBlock, [parameters, ...words])
      },
      batchOffset: (records, batch, operand) => () => {
        callWith(batchOffset, [records, batch, operand])
      },
      output: layout.records.operands - 1,
    }
    when(
      values.phase,
      () => {
        when(
          correlating.field('isDirectSum'),
          () => {
            correlateDirectly(correlating)
          },
          () => {
            correlateTiles(correlating)
          },
        )
      },
      () => {
        packWeights(correlating)
      },
    )
  }, library)
  return kernelModule(features, { run })
}
