import type { Local } from 'wasmati'
import {
  add,
  countUp,
  increase,
  less,
  maximum,
  minimum,
  mul,
  named,
  quotient,
  remainder,
  set,
  sub,
  when,
} from '../../assembly/words.js'
import { maxPlace } from './max-place.js'
import { maxVector, withColumns } from './max-vector.js'
import { eachUnit, type Pooling, windowStart } from './pooling.js'

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

export const poolMax = (pooling: Pooling): void => {
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
    when(less(add(column, 3), endInner), () => {
      withColumns(pooling, (distance) => {
        const left = builder.local('i32')
        const back = builder.local('i32')
        const lastVector = named(builder, sub(endInner, 4))
        const turn = (): void => {
          set(left, windowStart(pooling, column, 'Columns'))
          maxVector(pooling, distance, input, { from, to, row: top }, left, value, choice)
          // The last vector may overlap the one before.
          set(back, maximum(0, sub(add(column, 4), lastVector)))
          increase(column, 4)
          when(less(column, endInner), () => {
            set(column, sub(column, back))
            increase(value, sub(0, mul(back, 4)))
            increase(choice, sub(0, mul(back, 4)))
          })
          increase(value, 16)
          increase(choice, 16)
        }
        builder.repeatWhile(turn, less(column, endInner))
      })
    })
    countUp(column, column, columns, 1, onePlace)
  })
}
