import { f64, type Local, local } from 'wasmati'
import {
  add,
  countUp,
  increase,
  lessUnsigned,
  maximum,
  mul,
  named,
  quotient,
  remainder,
  set,
  when,
} from '../../assembly/words.js'
import { sumPlane } from './plane-sums.js'
import { fromFloat64, loadAs64, stores } from './pool-values.js'
import { eachTap, eachUnit, type Pooling, windowStart } from './pooling.js'

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

export const poolAverage = (pooling: Pooling): void => {
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

export const poolAverageGradient = (pooling: Pooling): void => {
  const { builder, itemBytes, field, operand } = pooling
  const inputs = named(builder, mul(field('inputRows'), field('inputColumns')))
  const outputs = named(builder, mul(field('outputRows'), field('outputColumns')))
  eachUnit(pooling, (plane) => {
    const gradient = named(builder, add(operand(0, 'firstOffset'), mul(mul(plane, outputs), itemBytes)))
    const target = named(builder, add(operand(1, 'resultOffset'), mul(mul(plane, inputs), itemBytes)))
    const [row, column] = [builder.local('i32'), builder.local('i32')]
    const share = builder.local('f64')
    sumPlane(pooling, target, inputs, (addToPlane) => {
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
              addToPlane(place, () => local.get(share))
            })
            increase(gradient, itemBytes)
          })
        })
      })
    })
  })
}
