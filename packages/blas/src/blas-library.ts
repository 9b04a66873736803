import type { ContractionLibrary } from '@chainrule/wasm'
import { checkProducts, productParameters } from './check-products.js'
import { isWorthCalling } from './crossover.js'
import { libraryKind, type LibraryKind } from './library-kind.js'
import type { NativeLoader } from './native-loader.js'
import { productSource, type ProductSettings } from './product-source.js'

/** A library, or why it cannot be used. */
export type Opened = { readonly library: ContractionLibrary } | { readonly problem: string }

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.trim() ?? ''

/** For which processor the kernels are, and whether somebody chose them: those of an older one are slower. */
const kernelsOf = ({ family, kernels }: LibraryKind, { variables }: NativeLoader): string => {
  if (kernels === '') return 'chosen by the library'
  const isSet = family === 'OpenBLAS' && (variables['OPENBLAS_CORETYPE'] ?? '') !== ''
  return isSet ? `${kernels}, since OPENBLAS_CORETYPE is set` : kernels
}

/**
 * Loads a library and sees whether it can be used.
 *
 * @param path - path or bare name
 * @param loader - how libraries are loaded
 * @returns the library, or what is wrong with it
 */
export const openBlas = (path: string, loader: NativeLoader): Opened => {
  try {
    const native = loader.load(path)
    const kind = libraryKind(native, path)
    if (kind === undefined) return { problem: 'it has no cblas_sgemm and cblas_dgemm' }
    for (const { name, takes, values } of kind.prepare) native.find(name, 'void', takes)?.(...values)
    const problem = checkProducts(native, kind, loader)
    if (problem !== undefined) return { problem }
    const settings: ProductSettings = {
      module: loader.modulePath,
      path,
      prepare: kind.prepare,
      sgemm: { name: kind.sgemm, takes: productParameters(kind.integer, 'float') },
      dgemm: { name: kind.dgemm, takes: productParameters(kind.integer, 'double') },
    }
    const name = `${kind.family} ${kind.version}`
    return {
      library: {
        name,
        source: productSource,
        settings,
        isConcurrent: kind.isConcurrent,
        prefers: isWorthCalling,
        describe: () => ({
          blas: name,
          blasPath: path,
          blasKernels: kernelsOf(kind, loader),
          blasIntegers: kind.integer === 'int' ? '32 bits' : '64 bits',
          blasThreads: kind.isConcurrent
            ? 'one for each call; every thread of the device calls it'
            : "the library's own; only the main thread calls it",
        }),
      },
    }
  } catch (error) {
    return { problem: firstLine(error) }
  }
}
