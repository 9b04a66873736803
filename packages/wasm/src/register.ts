import { type DeviceOptions, registerDevice } from '@chainrule/tensor'
import { WasmDevice } from './wasm-device.js'

const start = ({ threads }: DeviceOptions): WasmDevice => new WasmDevice(threads === undefined ? {} : { threads })

registerDevice({
  name: 'wasm',
  startSync: start,
  start: (options) => Promise.resolve().then(() => start(options)),
})
