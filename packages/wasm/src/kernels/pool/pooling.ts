import type { Local } from 'wasmati'
import type { FunctionBuilder, Term } from '../../assembly/function-builder.js'
import {
  add,
  countUp,
  increase,
  lessUnsigned,
  minimum,
  mul,
  named,
  set,
  sub,
  when,
  type Word,
} from '../../assembly/words.js'
import type { WasmFeatures } from '../../kernel-code.js'
import type { ContractionDType } from '../contraction/tile-arithmetic.js'
import type { RunArguments } from '../space-walk.js'

/** Words of the argument block behind the addresses of up to four operands. Offsets are in bytes. */
const fields = [
  'firstOffset',
  'secondOffset',
  'resultOffset',
  'choiceOffset',
  'inputRows',
  'inputColumns',
  'outputRows',
  'outputColumns',
  'kernelRows',
  'kernelColumns',
  'strideRows',
  'strideColumns',
  'paddingRows',
  'paddingColumns',
  'dilationRows',
  'dilationColumns',
  'countsPadding',
  /** Whether no place of the input is seen by several places of the output. */
  'isApart',
  /** Units of work (rows of places, or planes) and how many a chunk has. */
  'units',
  'unitsPerChunk',
  /** Output columns from here up to there see no padding at the sides. */
  'innerFrom',
  'innerTo',
] as const

export type PoolField = (typeof fields)[number]

export const poolFieldAt = (name: PoolField): number => 16 + 4 * fields.indexOf(name)

export const poolBytes = 16 + 4 * fields.length

export type PoolOperation = 'max' | 'maxGradient' | 'maxTake' | 'average' | 'averageGradient'

/** What the pieces of the code share. */
export interface Pooling {
  readonly builder: FunctionBuilder
  readonly run: RunArguments
  readonly dtype: ContractionDType
  readonly itemBytes: 4 | 8
  readonly features: WasmFeatures
  readonly field: (name: PoolField) => Term
  /** Byte address of an operand, by position among inputs and outputs. */
  readonly operand: (position: number, offset: PoolField) => Term
}

/** Runs a body for every unit of the chunks of this call. */
export const eachUnit = ({ builder, run, field }: Pooling, body: (unit: Local) => void): void => {
  const unit = builder.local('i32')
  const end = named(builder, minimum(mul(run.last, field('unitsPerChunk')), field('units')))
  countUp(unit, mul(run.first, field('unitsPerChunk')), end, 1, () => {
    builder.scope(() => {
      body(unit)
    })
  })
}

/** Where the window of an output place begins along an axis. */
export const windowStart = ({ field }: Pooling, place: Word, axis: 'Rows' | 'Columns'): Term =>
  sub(mul(place, field(`stride${axis}`)), field(`padding${axis}`))

/** Visits every place of the input that an output place sees, taps row-major; `place` is row-major in the plane. */
export const eachTap = (pooling: Pooling, row: Local, column: Local, body: (place: Local) => void): void => {
  const { builder, field } = pooling
  builder.scope(() => {
    const [tapRow, tapColumn, x, place] = [
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
    ]
    const y = named(builder, windowStart(pooling, row, 'Rows'))
    const left = named(builder, windowStart(pooling, column, 'Columns'))
    const width = named(builder, field('inputColumns'))
    const kernelColumns = named(builder, field('kernelColumns'))
    countUp(tapRow, 0, field('kernelRows'), 1, () => {
      when(lessUnsigned(y, field('inputRows')), () => {
        set(x, left)
        countUp(tapColumn, 0, kernelColumns, 1, () => {
          when(lessUnsigned(x, width), () => {
            set(place, add(mul(y, width), x))
            body(place)
          })
          increase(x, field('dilationColumns'))
        })
      })
      increase(y, field('dilationRows'))
    })
  })
}
