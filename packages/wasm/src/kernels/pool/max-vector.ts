import { f32x4, i32, i32x4, i8x16, type Local, local, v128 } from 'wasmati'
import type { Term } from '../../assembly/function-builder.js'
import { add, countUp, equal, increase, mul, named, push, set, when, type Word } from '../../assembly/words.js'
import type { Pooling } from './pooling.js'

/** Loads four elements that lie some columns apart, onto the stack; shuffles of two vectors serve every other column. */
const loadSpread = ({ builder, field }: Pooling, from: Local, columns: 1 | 2 | 'any'): void => {
  const load = (offset: number): void => {
    local.get(from)
    v128.load({ offset, align: 4 })
  }
  if (columns === 1) {
    load(0)
    return
  }
  if (columns === 2) {
    // The second vector ends with the last element that is wanted.
    load(0)
    load(12)
    i8x16.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 20, 21, 22, 23, 28, 29, 30, 31])
    return
  }
  const step = named(builder, mul(field('strideColumns'), 4))
  local.get(from)
  v128.load32_zero({})
  const value = builder.local('v128')
  local.set(value)
  for (let lane = 1; lane < 4; lane++) {
    increase(from, step)
    local.get(from)
    local.get(value)
    v128.load32_lane({}, lane)
    local.set(value)
  }
  local.get(value)
}

/** What the places of a row have in common: rows of taps `from` … `to` − 1 exist. */
export interface RowOfPlaces {
  readonly from: Local
  readonly to: Local
  readonly row: Local
}

/**
 * Four neighbouring output places that see no padding at the sides.
 *
 * @param pooling - what the pieces of the code share
 * @param columns - how far apart what they see lies
 * @param input - byte address of the plane
 * @param taps - what the row sees
 * @param left - column that the first place sees first
 * @param value - byte address of the values
 * @param choice - byte address of the choices
 */
export const maxVector = (
  pooling: Pooling,
  columns: 1 | 2 | 'any',
  input: Local,
  taps: RowOfPlaces,
  left: Local,
  value: Local,
  choice: Local,
): void => {
  const { builder, dtype, field } = pooling
  builder.scope(() => {
    const vector = (): Local<'v128'> => builder.local('v128')
    const [best, chosen, candidate, places, better] = [vector(), vector(), vector(), vector(), vector()]
    const [tapRow, tapColumn, place, from] = [
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
    ]
    const placeOf = (tap: Local): Term =>
      add(mul(add(taps.row, mul(tap, field('dilationRows'))), field('inputColumns')), left)
    const splat = (word: Word, target: Local): void => {
      push(word)
      i32x4.splat()
      local.set(target)
    }
    const lanes = builder.constant('distances of lanes', 'v128', () => {
      v128.const('i32x4', [0, 1, 2, 3])
      push(field('strideColumns'))
      i32x4.splat()
      i32x4.mul()
    })
    const step = builder.constant('distance of taps', 'v128', () => {
      push(field('dilationColumns'))
      i32x4.splat()
    })
    const move = (target: Local<'v128'>, by: Term): void => {
      local.get(target)
      by()
      i32x4.add()
      local.set(target)
    }
    // The first tap wins if nothing is larger, even where it is the least number there is.
    if (dtype === 'int32') {
      i32.const(-(2 ** 31))
      i32x4.splat()
    } else v128.const('f32x4', [-Infinity, -Infinity, -Infinity, -Infinity])
    local.set(best)
    splat(placeOf(taps.from), chosen)
    move(chosen, lanes)
    countUp(tapRow, taps.from, taps.to, 1, () => {
      set(place, placeOf(tapRow))
      splat(place, places)
      move(places, lanes)
      countUp(tapColumn, 0, field('kernelColumns'), 1, () => {
        builder.scope(() => {
          set(from, add(input, mul(place, 4)))
          loadSpread(pooling, from, columns)
          local.set(candidate)
          if (dtype === 'int32') i32x4.gt_s(candidate, best)
          else {
            // Larger or NaN, unless the best is NaN already.
            f32x4.eq(best, best)
            f32x4.le(candidate, best)
            v128.andnot()
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
          move(places, step)
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

/** Runs code that is written for a distance of columns. */
export const withColumns = ({ builder, field }: Pooling, body: (columns: 1 | 2 | 'any') => void): void => {
  const step = named(builder, field('strideColumns'))
  const scoped = (columns: 1 | 2 | 'any') => (): void => {
    builder.scope(() => {
      body(columns)
    })
  }
  when(equal(step, 1), scoped(1), () => {
    when(equal(step, 2), scoped(2), scoped('any'))
  })
}
