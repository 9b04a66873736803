import type { FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import type { KernelCode, WasmFeatures } from '../../kernel-code.js'
import { importedFunction, kernelModule } from '../../kernel-module.js'
import { chosenBy } from '../contraction/contraction-core.js'
import { directCorrelation } from './direct-correlation.js'
import { directWeightGradient } from './direct-weight-gradient.js'
import { pairPacker } from './pair-packer.js'
import { placePacker } from './place-packer.js'
import { tapPacker } from './tap-packer.js'
import { tileColumns } from '../contraction/register-tile.js'
import { type ContractionDType, tileArithmetic } from '../contraction/tile-arithmetic.js'
import { tileVariants } from '../contraction/tile-variants.js'
import { windowCopier } from './window-copy.js'

const build = (dtype: ContractionDType, features: WasmFeatures): Uint8Array<ArrayBuffer> => {
  const library: FunctionLibrary = new Map()
  const arithmetic = tileArithmetic(dtype, features)
  const byWidth = (make: (width: number) => WasmFunction): ((width: number) => WasmFunction) => {
    const made = new Map<number, WasmFunction>()
    return (width) => {
      const known = made.get(width) ?? make(width)
      made.set(width, known)
      return known
    }
  }
  const pairs = byWidth((width) => pairPacker(library, arithmetic, width))
  const places = byWidth((width) => placePacker(library, arithmetic, width))
  const rows = tileVariants.map((shape) => shape.rows)
  const columns = tileVariants.map((shape) => tileColumns(shape, arithmetic.itemBytes))
  const tapRows = byWidth((width) => tapPacker(library, arithmetic, width))
  return kernelModule(features, {
    copyWindow: windowCopier(library, arithmetic),
    packPlaces: chosenBy(library, 11, columns.map(places)),
    packPairsLeft: chosenBy(library, 11, rows.map(pairs)),
    packPairsRight: chosenBy(library, 11, columns.map(pairs)),
    packTaps: chosenBy(library, 9, rows.map(tapRows)),
    packTapRow: tapRows(1),
    correlate: directCorrelation(library, arithmetic),
    gatherWeights: directWeightGradient(library, features, arithmetic),
  })
}

const coreOf = (dtype: ContractionDType): KernelCode => ({
  key: `convolution:${dtype}`,
  build: (features) => build(dtype, features),
})

/** What every convolution of a dtype has in common, compiled once for all of them. */
export const convolutionCore: Readonly<Record<ContractionDType, KernelCode>> = {
  float32: coreOf('float32'),
  float64: coreOf('float64'),
  int32: coreOf('int32'),
}

const words = <const Count extends number>(count: Count): 'i32'[] => new Array<'i32'>(count).fill('i32')

/** The functions of the core, as code that uses it imports them; those that depend on the tile take its number first. */
export const convolutionImports = {
  copyWindow: importedFunction('copyWindow', words(15), []),
  packPlaces: importedFunction('packPlaces', words(12), []),
  packPairsLeft: importedFunction('packPairsLeft', words(12), []),
  packPairsRight: importedFunction('packPairsRight', words(12), []),
  packTaps: importedFunction('packTaps', words(10), []),
  packTapRow: importedFunction('packTapRow', words(9), []),
  correlate: importedFunction('correlate', words(11), []),
  gatherWeights: importedFunction('gatherWeights', words(11), []),
} as const
