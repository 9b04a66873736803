import './register.js'

export { type Capabilities, defaultCapabilities } from './capabilities.js'
export { openDevice, type OpenDeviceOptions } from './open-device.js'
export { WebgpuDevice, type WebgpuDeviceOptions } from './webgpu-device.js'
export { type KernelText, wgslOf } from './wgsl-of.js'
