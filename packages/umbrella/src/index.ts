// Importing the wasm package registers its device; the line says so even to bundlers that drop unused re-exports.
import '@chainrule/wasm'

export * from '@chainrule/autograd'
export * from '@chainrule/compiler'
export * from '@chainrule/data'
export * from '@chainrule/grad-check'
export * from '@chainrule/layers'
export * from '@chainrule/losses'
export * from '@chainrule/optimizers'
export * from '@chainrule/serialize'
export * from '@chainrule/tensor'
export * from '@chainrule/wasm'
export * from '@chainrule/webgpu'
