import { f64, local } from 'wasmati'
import { add, countUp, increase, lessUnsigned, loadWord, mul, named, set, when } from '../../assembly/words.js'
import { sumPlane } from './plane-sums.js'
import { fromFloat64, loadAs64, loads, stores } from './pool-values.js'
import { eachUnit, type Pooling } from './pooling.js'

/** For each plane: sums of gradients at their choices, in order of the output places. */
export const poolMaxGradient = (pooling: Pooling): void => {
  const { builder, itemBytes, field, operand } = pooling
  const inputs = named(builder, mul(field('inputRows'), field('inputColumns')))
  const outputs = named(builder, mul(field('outputRows'), field('outputColumns')))
  eachUnit(pooling, (plane) => {
    const first = mul(plane, outputs)
    const gradient = named(builder, add(operand(0, 'firstOffset'), mul(first, itemBytes)))
    const choice = named(builder, add(operand(1, 'secondOffset'), mul(first, 4)))
    const target = named(builder, add(operand(2, 'resultOffset'), mul(mul(plane, inputs), itemBytes)))
    const [i, place] = [builder.local('i32'), builder.local('i32')]
    sumPlane(pooling, target, inputs, (addToPlane) => {
      countUp(i, 0, outputs, 1, () => {
        set(place, loadWord(choice, 0))
        when(lessUnsigned(place, inputs), () => {
          addToPlane(place, loadAs64(pooling, gradient))
        })
        increase(gradient, itemBytes)
        increase(choice, 4)
      })
    })
  })
}

export const poolMaxTake = (pooling: Pooling): void => {
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
