import { f32x4, i32, i32x4, i8x16, type Local, local, v128 } from 'wasmati'
import type { FunctionBuilder, Term } from '../../assembly/function-builder.js'
import { add, countUp, increase, mul, named, push, set, when } from '../../assembly/words.js'
import type { Pooling } from './pooling.js'

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
export const maxVector = (
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
