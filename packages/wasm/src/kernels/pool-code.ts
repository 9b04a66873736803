import { f32, f32x4, f64, i32, i32x4, i8x16, type Local, local, select, v128 } from 'wasmati'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'
import {
  add,
  countUp,
  increase,
  less,
  lessUnsigned,
  loadWord,
  maximum,
  minimum,
  mul,
  named,
  push,
  quotient,
  remainder,
  set,
  sub,
  when,
  type Word,
} from '../assembly/words.js'
import type { WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import type { ContractionDType } from './contraction/tile-arithmetic.js'
import { runFunction } from './run-function.js'
import type { RunArguments } from './space-walk.js'

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
interface Pooling {
  readonly builder: FunctionBuilder
  readonly run: RunArguments
  readonly dtype: ContractionDType
  readonly itemBytes: 4 | 8
  readonly features: WasmFeatures
  readonly field: (name: PoolField) => Term
  /** Byte address of an operand, by position among inputs and outputs. */
  readonly operand: (position: number, offset: PoolField) => Term
}

const loads: Record<ContractionDType, (offset: number) => unknown> = {
  float32: (offset) => f32.load({ offset }),
  float64: (offset) => f64.load({ offset }),
  int32: (offset) => i32.load({ offset }),
}

const stores: Record<ContractionDType, () => unknown> = {
  float32: () => {
    f32.store({})
  },
  float64: () => {
    f64.store({})
  },
  int32: () => {
    i32.store({})
  },
}

const toFloat64: Record<ContractionDType, () => unknown> = {
  float32: () => f64.promote_f32(),
  float64: () => undefined,
  int32: () => f64.convert_i32_s(),
}

/** As a typed array stores a float64: rounded; integers truncated. */
const fromFloat64: Record<ContractionDType, () => unknown> = {
  float32: () => f32.demote_f64(),
  float64: () => undefined,
  int32: () => i32.trunc_sat_f64_s(),
}

const valueTypes = { float32: 'f32', float64: 'f64', int32: 'i32' } as const

/** Runs a body for every unit of the chunks of this call. */
const eachUnit = ({ builder, run, field }: Pooling, body: (unit: Local) => void): void => {
  const unit = builder.local('i32')
  const end = named(builder, minimum(mul(run.last, field('unitsPerChunk')), field('units')))
  countUp(unit, mul(run.first, field('unitsPerChunk')), end, 1, () => {
    builder.scope(() => {
      body(unit)
    })
  })
}

/** Where the window of an output place begins along an axis. */
const windowStart = ({ field }: Pooling, place: Word, axis: 'Rows' | 'Columns'): Term =>
  sub(mul(place, field(`stride${axis}`)), field(`padding${axis}`))

/** Visits every place of the input that an output place sees, taps row-major; `place` is row-major in the plane. */
const eachTap = (pooling: Pooling, row: Local, column: Local, body: (place: Local) => void): void => {
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

/** One output place: the first of ties; the first NaN beats every number; choice −1 where only padding is seen. */
const maxPlace = (pooling: Pooling, input: Local, row: Local, column: Local, value: Local, choice: Local): void => {
  const { builder, dtype, itemBytes } = pooling
  const type = valueTypes[dtype]
  const candidate = builder.local(type)
  const best = builder.local(type)
  const chosen = builder.local('i32')
  const from = builder.local('i32')
  const number = dtype === 'float32' ? f32 : f64
  if (dtype === 'int32') i32.const(-(2 ** 31))
  else number.const(-Infinity)
  local.set(best)
  set(chosen, -1)
  eachTap(pooling, row, column, (place) => {
    set(from, add(input, mul(place, itemBytes)))
    local.get(from)
    loads[dtype](0)
    local.set(candidate)
    if (dtype === 'int32') i32.lt_s(best as Local<'i32'>, candidate as Local<'i32'>)
    else {
      local.get(candidate)
      local.get(best)
      number.gt()
      local.get(candidate)
      local.get(candidate)
      number.ne()
      local.get(best)
      local.get(best)
      number.eq()
      i32.and()
      i32.or()
    }
    push(less(chosen, 0))
    i32.or()
    local.set(from)
    local.get(candidate)
    local.get(best)
    local.get(from)
    select()
    local.set(best)
    local.get(place)
    local.get(chosen)
    local.get(from)
    select()
    local.set(chosen)
  })
  local.get(value)
  local.get(best)
  stores[dtype]()
  local.get(choice)
  local.get(chosen)
  i32.store({})
}

/** Four elements `step` apart. */
const loadSpread = (builder: FunctionBuilder, from: Local, step: Local): Term => {
  const value = builder.local('v128')
  const load = (offset: number): void => {
    local.get(from)
    v128.load({ offset, align: 4 })
  }
  push(step)
  i32.const(1)
  i32.eq()
  when(
    () => undefined,
    () => {
      load(0)
      local.set(value)
    },
    () => {
      push(step)
      i32.const(2)
      i32.eq()
      when(
        () => undefined,
        () => {
          load(0)
          load(12)
          i8x16.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 20, 21, 22, 23, 28, 29, 30, 31])
          local.set(value)
        },
        () => {
          const place = named(builder, from)
          local.get(place)
          v128.load32_zero({})
          local.set(value)
          for (let lane = 1; lane < 4; lane++) {
            increase(place, mul(step, 4))
            local.get(place)
            local.get(value)
            v128.load32_lane({}, lane)
            local.set(value)
          }
        },
      )
    },
  )
  return () => {
    local.get(value)
  }
}

/** Four neighbouring output places that see no padding at the sides; rows of taps `from` … `to` − 1 exist. */
const maxVector = (
  pooling: Pooling,
  input: Local,
  taps: { readonly from: Local; readonly to: Local; readonly row: Local; readonly column: Local },
  value: Local,
  choice: Local,
): void => {
  const { builder, dtype, field } = pooling
  builder.scope(() => {
    const [best, chosen, candidate, places, better] = [
      builder.local('v128'),
      builder.local('v128'),
      builder.local('v128'),
      builder.local('v128'),
      builder.local('v128'),
    ]
    const [tapRow, tapColumn, place, from] = [
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
    ]
    const width = named(builder, field('inputColumns'))
    const step = named(builder, field('strideColumns'))
    const first = named(builder, 1)
    const lanes = builder.local('v128')
    v128.const('i32x4', [0, 1, 2, 3])
    push(step)
    i32x4.splat()
    i32x4.mul()
    local.set(lanes)
    countUp(tapRow, taps.from, taps.to, 1, () => {
      set(place, add(mul(add(taps.row, mul(tapRow, field('dilationRows'))), width), taps.column))
      countUp(tapColumn, 0, field('kernelColumns'), 1, () => {
        builder.scope(() => {
          set(from, add(input, mul(place, 4)))
          loadSpread(builder, from, step)()
          local.set(candidate)
          push(place)
          i32x4.splat()
          local.get(lanes)
          i32x4.add()
          local.set(places)
          when(
            first,
            () => {
              local.get(candidate)
              local.set(best)
              local.get(places)
              local.set(chosen)
              set(first, 0)
            },
            () => {
              if (dtype === 'int32') i32x4.gt_s(candidate, best)
              else {
                f32x4.gt(candidate, best)
                f32x4.ne(candidate, candidate)
                f32x4.eq(best, best)
                v128.and()
                v128.or()
              }
              local.set(better)
              for (const [target, other] of [
                [best, candidate],
                [chosen, places],
              ] as const) {
                local.get(other)
                local.get(target)
                local.get(better)
                v128.bitselect()
                local.set(target)
              }
            },
          )
        })
        increase(place, field('dilationColumns'))
      })
    })
    for (const [address, result] of [
      [value, best],
      [choice, chosen],
    ] as const) {
      local.get(address)
      local.get(result)
      v128.store({ align: 4 })
    }
  })
}

/** Rows of taps that exist for an output row: the first, and the one behind the last. */
const rowsOfTaps = (
  pooling: Pooling,
  row: Local,
): { readonly from: Local; readonly to: Local; readonly top: Local } => {
  const { builder, field } = pooling
  const top = named(builder, windowStart(pooling, row, 'Rows'))
  const step = named(builder, field('dilationRows'))
  const above = named(builder, maximum(0, sub(0, top)))
  const from = named(builder, quotient(add(above, step, -1), step))
  const below = named(builder, maximum(0, sub(field('inputRows'), top)))
  const to = named(builder, minimum(field('kernelRows'), quotient(add(below, step, -1), step)))
  return { from, to, top }
}

const poolMax = (pooling: Pooling): void => {
  const { builder, dtype, itemBytes, features, field, operand } = pooling
  const inputBytes = named(builder, mul(mul(field('inputRows'), field('inputColumns')), itemBytes))
  const columns = named(builder, field('outputColumns'))
  eachUnit(pooling, (unit) => {
    const plane = named(builder, quotient(unit, field('outputRows')))
    const row = named(builder, remainder(unit, field('outputRows')))
    const input = named(builder, add(operand(0, 'firstOffset'), mul(plane, inputBytes)))
    const place = mul(unit, columns)
    const value = named(builder, add(operand(1, 'resultOffset'), mul(place, itemBytes)))
    const choice = named(builder, add(operand(2, 'choiceOffset'), mul(place, 4)))
    const column = builder.local('i32')
    const onePlace = (): void => {
      builder.scope(() => {
        maxPlace(pooling, input, row, column, value, choice)
      })
      increase(value, itemBytes)
      increase(choice, 4)
    }
    if (!features.simd || dtype === 'float64') {
      countUp(column, 0, columns, 1, onePlace)
      return
    }
    const { from, to, top } = rowsOfTaps(pooling, row)
    const firstInner = named(builder, field('innerFrom'))
    const endInner = named(builder, field('innerTo'))
    when(
      less(from, to),
      () => undefined,
      () => {
        set(endInner, firstInner)
      },
    )
    countUp(column, 0, firstInner, 1, onePlace)
    const left = builder.local('i32')
    builder.while(less(add(column, 3), endInner), () => {
      set(left, windowStart(pooling, column, 'Columns'))
      maxVector(pooling, input, { from, to, row: top, column: left }, value, choice)
      increase(value, 16)
      increase(choice, 16)
      increase(column, 4)
    })
    countUp(column, column, columns, 1, onePlace)
  })
}

/** Fills a piece of scratch with zeros. */
const clearScratch = ({ builder, run }: Pooling, count: Local): void => {
  const at = named(builder, run.scratch)
  const i = builder.local('i32')
  countUp(i, 0, count, 1, () => {
    local.get(at)
    f64.const(0)
    f64.store({})
    increase(at, 8)
  })
}

/** Stores sums from scratch to a plane of the result. */
const storeScratch = ({ builder, run, dtype, itemBytes }: Pooling, target: Local, count: Local): void => {
  const from = named(builder, run.scratch)
  const i = builder.local('i32')
  countUp(i, 0, count, 1, () => {
    local.get(target)
    local.get(from)
    f64.load({})
    fromFloat64[dtype]()
    stores[dtype]()
    increase(from, 8)
    increase(target, itemBytes)
  })
}

/** Adds the float64 on the stack to a place of the sums in scratch. */
const addToScratch = (pooling: Pooling, place: Word, value: Term): void => {
  const { builder, run } = pooling
  builder.scope(() => {
    const at = named(builder, add(run.scratch, mul(place, 8)))
    local.get(at)
    local.get(at)
    f64.load({})
    value()
    f64.add()
    f64.store({})
  })
}

const loadAs64 =
  ({ dtype }: Pooling, address: Local): Term =>
  () => {
    local.get(address)
    loads[dtype](0)
    toFloat64[dtype]()
  }

/** For each plane: sums of gradients at their choices, in order of the output places. */
const poolMaxGradient = (pooling: Pooling): void => {
  const { builder, itemBytes, field, operand } = pooling
  const inputs = named(builder, mul(field('inputRows'), field('inputColumns')))
  const outputs = named(builder, mul(field('outputRows'), field('outputColumns')))
  eachUnit(pooling, (plane) => {
    const first = mul(plane, outputs)
    const gradient = named(builder, add(operand(0, 'firstOffset'), mul(first, itemBytes)))
    const choice = named(builder, add(operand(1, 'secondOffset'), mul(first, 4)))
    const target = named(builder, add(operand(2, 'resultOffset'), mul(mul(plane, inputs), itemBytes)))
    const [i, place] = [builder.local('i32'), builder.local('i32')]
    clearScratch(pooling, inputs)
    countUp(i, 0, outputs, 1, () => {
      set(place, loadWord(choice, 0))
      when(lessUnsigned(place, inputs), () => {
        addToScratch(pooling, place, loadAs64(pooling, gradient))
      })
      increase(gradient, itemBytes)
      increase(choice, 4)
    })
    storeScratch(pooling, target, inputs)
  })
}

const poolMaxTake = (pooling: Pooling): void => {
  const { builder, dtype, itemBytes, field, operand } = pooling
  const inputs = named(builder, mul(field('inputRows'), field('inputColumns')))
  const outputs = named(builder, mul(field('outputRows'), field('outputColumns')))
  eachUnit(pooling, (plane) => {
    const first = mul(plane, outputs)
    const input = named(builder, add(operand(0, 'firstOffset'), mul(mul(plane, inputs), itemBytes)))
    const choice = named(builder, add(operand(1, 'secondOffset'), mul(first, 4)))
    const target = named(builder, add(operand(2, 'resultOffset'), mul(first, itemBytes)))
    const [i, place, from] = [builder.local('i32'), builder.local('i32'), builder.local('i32')]
    countUp(i, 0, outputs, 1, () => {
      set(place, loadWord(choice, 0))
      set(from, add(input, mul(place, itemBytes)))
      when(
        lessUnsigned(place, inputs),
        () => {
          local.get(target)
          local.get(from)
          loads[dtype](0)
          stores[dtype]()
        },
        () => {
          local.get(target)
          f64.const(0)
          fromFloat64[dtype]()
          stores[dtype]()
        },
      )
      increase(choice, 4)
      increase(target, itemBytes)
    })
  })
}

/** Pushes how many places an output place sees of an axis. */
const seenPlaces = (pooling: Pooling, place: Local, axis: 'Rows' | 'Columns'): Local => {
  const { builder, field } = pooling
  const [tap, at, count] = [builder.local('i32'), builder.local('i32'), named(builder, 0)]
  set(at, windowStart(pooling, place, axis))
  countUp(tap, 0, field(`kernel${axis}`), 1, () => {
    set(count, add(count, lessUnsigned(at, field(`input${axis}`))))
    increase(at, field(`dilation${axis}`))
  })
  return count
}

/** By what the sum of an output place is divided, never 0. */
const divisor = (pooling: Pooling, row: Local, column: Local): Local => {
  const { builder, field } = pooling
  const count = named(builder, mul(field('kernelRows'), field('kernelColumns')))
  when(
    field('countsPadding'),
    () => undefined,
    () => {
      const rows = seenPlaces(pooling, row, 'Rows')
      const columns = seenPlaces(pooling, column, 'Columns')
      set(count, maximum(1, mul(rows, columns)))
    },
  )
  return count
}

const poolAverage = (pooling: Pooling): void => {
  const { builder, dtype, itemBytes, field, operand } = pooling
  const inputBytes = named(builder, mul(mul(field('inputRows'), field('inputColumns')), itemBytes))
  const columns = named(builder, field('outputColumns'))
  eachUnit(pooling, (unit) => {
    const plane = named(builder, quotient(unit, field('outputRows')))
    const row = named(builder, remainder(unit, field('outputRows')))
    const input = named(builder, add(operand(0, 'firstOffset'), mul(plane, inputBytes)))
    const target = named(builder, add(operand(1, 'resultOffset'), mul(mul(unit, columns), itemBytes)))
    const [column, from] = [builder.local('i32'), builder.local('i32')]
    const sum = builder.local('f64')
    countUp(column, 0, columns, 1, () => {
      builder.scope(() => {
        f64.const(0)
        local.set(sum)
        eachTap(pooling, row, column, (place) => {
          set(from, add(input, mul(place, itemBytes)))
          local.get(sum)
          loadAs64(pooling, from)()
          f64.add()
          local.set(sum)
        })
        const count = divisor(pooling, row, column)
        local.get(target)
        local.get(sum)
        local.get(count)
        f64.convert_i32_s()
        f64.div()
        fromFloat64[dtype]()
        stores[dtype]()
        increase(target, itemBytes)
      })
    })
  })
}

const poolAverageGradient = (pooling: Pooling): void => {
  const { builder, itemBytes, field, operand } = pooling
  const inputs = named(builder, mul(field('inputRows'), field('inputColumns')))
  const outputs = named(builder, mul(field('outputRows'), field('outputColumns')))
  eachUnit(pooling, (plane) => {
    const gradient = named(builder, add(operand(0, 'firstOffset'), mul(mul(plane, outputs), itemBytes)))
    const target = named(builder, add(operand(1, 'resultOffset'), mul(mul(plane, inputs), itemBytes)))
    const [row, column] = [builder.local('i32'), builder.local('i32')]
    const share = builder.local('f64')
    clearScratch(pooling, inputs)
    countUp(row, 0, field('outputRows'), 1, () => {
      countUp(column, 0, field('outputColumns'), 1, () => {
        builder.scope(() => {
          const count = divisor(pooling, row, column)
          loadAs64(pooling, gradient)()
          local.get(count)
          f64.convert_i32_s()
          f64.div()
          local.set(share)
          eachTap(pooling, row, column, (place) => {
            addToScratch(pooling, place, () => local.get(share))
          })
          increase(gradient, itemBytes)
        })
      })
    })
    storeScratch(pooling, target, inputs)
  })
}

const operations: Record<PoolOperation, (pooling: Pooling) => void> = {
  max: poolMax,
  maxGradient: poolMaxGradient,
  maxTake: poolMaxTake,
  average: poolAverage,
  averageGradient: poolAverageGradient,
}

/**
 * The module of a pooling operation.
 *
 * @param operation - which
 * @param dtype - of the values
 * @param features - of the engine
 * @returns its bytes
 */
export const poolModule = (
  operation: PoolOperation,
  dtype: ContractionDType,
  features: WasmFeatures,
): Uint8Array<ArrayBuffer> => {
  const run = runFunction((builder, values) => {
    const { parameters } = values
    operations[operation]({
      builder,
      run: values,
      dtype,
      itemBytes: dtype === 'float64' ? 8 : 4,
      features,
      field: (name) => loadWord(parameters, poolFieldAt(name)),
      operand: (position, offset) => add(loadWord(parameters, 4 * position), loadWord(parameters, poolFieldAt(offset))),
    })
  })
  return kernelModule(features, { run })
}
