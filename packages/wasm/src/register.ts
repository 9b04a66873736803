import { type DeviceOptions, registerDevice } from '@chainrule/tensor'
import { WasmDevice } from './wasm-device.js'

const start = ({ threads, blas }: DeviceOptions): WasmDevice =>
  new WasmDevice({ ...(threads === undefined ? {} : { threads }), ...(blas === undefined ? {} : { blas }) })

registerDevice({
  name: 'wasm',
  startSync: start,
  start: (options) => Promise.resolve().then(() => start(options)),
})
