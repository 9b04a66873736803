import { squareProduct } from '@chainrule/tensor/testing'
import { builtinModule } from '../features.js'
import { WasmDevice } from '../wasm-device.js'
import { slowLibrary } from './slow-library.js'

// A process that ends as soon as its worker begins to load a library.
const files = builtinModule<{ readFileSync(path: string, encoding: 'utf8'): string }>('node:fs')
const path = process.argv[2] ?? ''
const size = 256
const device = new WasmDevice({ threads: 2, blas: slowLibrary(path, 500) })
const [input, output] = [device.allocate(4 * size * size), device.allocate(4 * size * size)]
device.run(squareProduct(size), [input, input], [output], [])
while (files?.readFileSync(path, 'utf8') === '') await new Promise((resolve) => setTimeout(resolve, 5))
