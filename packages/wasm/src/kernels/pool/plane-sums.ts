import { f64, type Local, local } from 'wasmati'
import type { Term } from '../../assembly/function-builder.js'
import { add, countUp, increase, mul, named, type Word } from '../../assembly/words.js'
import { fromFloat64, stores } from './pool-values.js'
import type { Pooling } from './pooling.js'

/** Fills a piece of scratch with zeros. */
export const clearScratch = ({ builder, run }: Pooling, count: Local): void => {
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
export const storeScratch = ({ builder, run, dtype, itemBytes }: Pooling, target: Local, count: Local): void => {
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
export const addToScratch = (pooling: Pooling, place: Word, value: Term): void => {
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
