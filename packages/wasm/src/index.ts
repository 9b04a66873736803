import './register.js'

export {
  type ContractionLibrary,
  type LibraryChoice,
  type LibraryFinder,
  type MatrixProduct,
  type MatrixProducts,
  type ProductShape,
  registerLibraryFinder,
} from './contraction-library.js'
export { detectFeatures } from './features.js'
export type { KernelCode, KernelFault, KernelPlan, Planner, WasmFeatures } from './kernel-code.js'
export { WasmDevice, type WasmDeviceOptions } from './wasm-device.js'
export { WasmStorage } from './wasm-storage.js'
