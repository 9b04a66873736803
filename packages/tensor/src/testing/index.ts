// The methods of tensors come with the package itself.
import '../index.js'

export { expectClose, NotCloseError, ulpDistance } from './expect-close.js'
export { expectSame } from './expect-same.js'
export * from './op-sample.js'
export * from './op-samples.js'
export * from './run-samples.js'
export * from './sample-data.js'
export * from './sample-input.js'
export { squareProduct } from './square-product.js'
export * from './tolerance.js'
