import { type Local, local, v128 } from 'wasmati'
import type { FunctionBuilder } from '../../assembly/function-builder.js'
import { and, countUp, increase, named } from '../../assembly/words.js'
import { moveElement } from '../contraction/move-element.js'
import type { TileArithmetic } from '../contraction/tile-arithmetic.js'

/** Copies neighbouring elements: vectors, then one by one. `from` and `to` are moved along. */
export const copyRun = (
  builder: FunctionBuilder,
  { itemBytes, lanes }: TileArithmetic,
  from: Local,
  to: Local,
  count: Local,
): void => {
  const i = builder.local('i32')
  const full = named(builder, lanes === 1 ? 0 : and(count, -lanes))
  if (lanes > 1) {
    countUp(i, 0, full, lanes, () => {
      local.get(to)
      local.get(from)
      v128.load({ align: 4 })
      v128.store({ align: 4 })
      increase(from, 16)
      increase(to, 16)
    })
  }
  countUp(i, full, count, 1, () => {
    moveElement(itemBytes, from, to)
    increase(from, itemBytes)
    increase(to, itemBytes)
  })
}
