import './register.js'

export { detectFeatures } from './features.js'
export type { KernelCode, KernelFault, KernelPlan, Planner, WasmFeatures } from './kernel-code.js'
export { WasmDevice, type WasmDeviceOptions } from './wasm-device.js'
export { WasmStorage } from './wasm-storage.js'
