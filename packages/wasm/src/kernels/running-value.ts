import { f32, f64, i32 } from 'wasmati'
import type { Term } from '../assembly/function-builder.js'
import type { WasmDType } from '../assembly/lanes.js'
import { loadValue, storeValue } from './cascade.js'

/** How elements of a dtype are held while they are added up: float32 in float64, which rounds each result once. */
export interface RunningValue {
  readonly type: 'f64' | 'i32'
  load(address: Term): Term
  store(address: Term, value: Term): void
  readonly add: () => void
  readonly multiply: () => void
}

const integers = (load: (address: Term) => Term, store: (address: Term, value: Term) => void): RunningValue => ({
  type: 'i32',
  load,
  store,
  add: () => {
    i32.add()
  },
  multiply: () => {
    i32.mul()
  },
})

const floats = (load: (address: Term) => Term, store: (address: Term, value: Term) => void): RunningValue => ({
  type: 'f64',
  load,
  store,
  add: () => {
    f64.add()
  },
  multiply: () => {
    f64.mul()
  },
})

/** How elements of each dtype are held. */
export const runningValues: Record<WasmDType, RunningValue> = {
  float64: floats(
    (address) => loadValue('f64', address),
    (address, value) => {
      storeValue('f64', address, value)
    },
  ),
  float32: floats(
    (address) => () => {
      address()
      f32.load({})
      f64.promote_f32()
    },
    (address, value) => {
      address()
      value()
      f32.demote_f64()
      f32.store({})
    },
  ),
  int32: integers(
    (address) => loadValue('i32', address),
    (address, value) => {
      storeValue('i32', address, value)
    },
  ),
  bool: {
    ...integers(
      (address) => () => {
        address()
        i32.load8_u({})
      },
      (address, value) => {
        address()
        value()
        i32.store8({})
      },
    ),
    add: () => {
      i32.or()
    },
    multiply: () => {
      i32.and()
    },
  },
}
