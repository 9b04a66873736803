import { f32, f64, i32, type Local, local, select } from 'wasmati'
import { add, less, mul, push, set } from '../../assembly/words.js'
import { loads, stores, valueTypes } from './pool-values.js'
import { eachTap, type Pooling } from './pooling.js'

/** One output place: the first of ties; the first NaN beats every number; choice −1 where only padding is seen. */
export const maxPlace = (
  pooling: Pooling,
  input: Local,
  row: Local,
  column: Local,
  value: Local,
  choice: Local,
): void => {
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
