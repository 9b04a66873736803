import { registerLibraryFinder } from '@chainrule/wasm'
import { BlasFinder } from './blas-finder.js'

registerLibraryFinder(new BlasFinder())
