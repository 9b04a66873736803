import type { Local } from 'wasmati'
import type { FunctionBuilder } from '../../assembly/function-builder.js'
import { countUp, increase, less, mul, named, sub, when } from '../../assembly/words.js'
import { copyVectors } from '../contraction/copy-vectors.js'
import { moveElement } from '../contraction/move-element.js'
import type { TileArithmetic } from '../contraction/tile-arithmetic.js'

/** Copies neighbouring elements: whole vectors, the last of which may overlap, or one by one where there is none. Moves both addresses. */
export const copyRun = (
  builder: FunctionBuilder,
  { itemBytes, lanes }: TileArithmetic,
  from: Local,
  to: Local,
  count: Local,
): void => {
  const i = builder.local('i32')
  const oneByOne = (): void => {
    countUp(i, 0, count, 1, () => {
      moveElement(itemBytes, from, to)
      increase(from, itemBytes)
      increase(to, itemBytes)
    })
  }
  if (lanes === 1) {
    oneByOne()
    return
  }
  when(less(count, lanes), oneByOne, () => {
    const beyond = named(builder, mul(sub(count, lanes), itemBytes))
    countUp(i, 0, beyond, 16, () => {
      copyVectors(from, to, 16)
      increase(from, 16)
      increase(to, 16)
    })
    increase(from, sub(beyond, i))
    increase(to, sub(beyond, i))
    copyVectors(from, to, 16)
  })
}
