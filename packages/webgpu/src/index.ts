import './register.js'

export { type Capabilities, defaultCapabilities } from './capabilities.js'
export { type KernelText, wgslOf } from './wgsl-of.js'
