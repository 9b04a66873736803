import { f64, i32, type Local, local, v128 } from 'wasmati'
import type { Term } from '../../assembly/function-builder.js'
import { add, and, countUp, increase, mul, named, when, type Word } from '../../assembly/words.js'
import { zeroVector } from '../contraction/tile-arithmetic.js'
import { fromFloat64, loadAs64, stores } from './pool-values.js'
import type { Pooling } from './pooling.js'

/** Fills words with zeros. */
const clear = ({ builder, features }: Pooling, start: Word, bytes: Word): void => {
  const at = named(builder, start)
  const end = named(builder, add(at, bytes))
  if (features.simd) {
    const whole = named(builder, add(at, and(bytes, -16)))
    countUp(at, at, whole, 16, () => {
      local.get(at)
      zeroVector()
      v128.store({ align: 4 })
    })
  }
  countUp(at, at, end, 4, () => {
    local.get(at)
    i32.const(0)
    i32.store({})
  })
}

/** Stores sums from scratch to a plane of the result. */
const storeScratch = ({ builder, run, dtype, itemBytes }: Pooling, start: Local, count: Local): void => {
  const [from, target] = [named(builder, run.scratch), named(builder, start)]
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

/** Adds a float64 to a place of a plane; gets the place and the value. */
type AddToPlane = (place: Word, value: Term) => void

/**
 * A plane of sums. They are summed in float64 where windows overlap; else nothing is rounded, and they are added where they
 * belong.
 *
 * @param pooling - what the pieces of the code share
 * @param target - byte address of the plane
 * @param count - its elements
 * @param scatter - adds up; emitted for either way
 */
export const sumPlane = (
  pooling: Pooling,
  target: Local,
  count: Local,
  scatter: (addToPlane: AddToPlane) => void,
): void => {
  const { builder, run, dtype, itemBytes, field } = pooling
  const way = (addToPlane: AddToPlane) => (): void => {
    builder.scope(() => {
      scatter(addToPlane)
    })
  }
  when(
    field('isApart'),
    () => {
      clear(pooling, target, mul(count, itemBytes))
      way((place, value) => {
        builder.scope(() => {
          const at = named(builder, add(target, mul(place, itemBytes)))
          local.get(at)
          loadAs64(pooling, at)()
          value()
          f64.add()
          fromFloat64[dtype]()
          stores[dtype]()
        })
      })()
    },
    () => {
      clear(pooling, run.scratch, mul(count, 8))
      way((place, value) => {
        builder.scope(() => {
          const at = named(builder, add(run.scratch, mul(place, 8)))
          local.get(at)
          local.get(at)
          f64.load({})
          value()
          f64.add()
          f64.store({})
        })
      })()
      storeScratch(pooling, target, count)
    },
  )
}
