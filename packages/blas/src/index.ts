import './register.js'

export { BlasFinder } from './blas-finder.js'
export { crossover, isWorthCalling } from './crossover.js'
export type { NativeFunction, NativeLibrary, NativeLoader, NativeType } from './native-loader.js'
