import type { Preparation } from './library-kind.js'
import type { NativeType } from './native-loader.js'

/** What a thread needs to load a library: plain data. */
export interface ProductSettings {
  /** Path of the package that loads libraries. */
  readonly module: string
  readonly path: string
  readonly prepare: readonly Preparation[]
  readonly sgemm: { readonly name: string; readonly takes: readonly NativeType[] }
  readonly dgemm: { readonly name: string; readonly takes: readonly NativeType[] }
}

/**
 * Body of a function of `memory` and `settings` (`ProductSettings`) that loads the library and returns its products: text,
 * since every thread runs it. Native code gets addresses as numbers: the address of the memory plus that in the memory. The memory
 * may move when it grows, if no other thread shares it.
 */
export const productSource = `
const { createRequire } = process.getBuiltinModule('node:module')
const koffi = createRequire(settings.module)(settings.module)
const library = koffi.load(settings.path)
for (const { name, takes, values } of settings.prepare) library.func(name, 'void', takes)(...values)
let buffer
let base = 0
const locate = () => {
  buffer = memory.buffer
  base = Number(koffi.address(new Uint8Array(buffer)))
}
locate()
const productOf = ({ name, takes }) => {
  const native = library.func(name, 'void', takes)
  return (transposedA, transposedB, rows, columns, inner, a, leadingA, b, leadingB, accumulate, c, leadingC) => {
    if (memory.buffer !== buffer) locate()
    native(
      101, 111 + transposedA, 111 + transposedB, rows, columns, inner,
      1, base + (a >>> 0), leadingA, base + (b >>> 0), leadingB, accumulate, base + (c >>> 0), leadingC,
    )
  }
}
return { sgemm: productOf(settings.sgemm), dgemm: productOf(settings.dgemm) }
`
