import { call, local, type Local } from 'wasmati'
import {
  buildFunction,
  type FunctionLibrary,
  type ValueType,
  type WasmFunction,
} from '../../assembly/function-builder.js'
import { equal, when } from '../../assembly/words.js'
import type { KernelCode, WasmFeatures } from '../../kernel-code.js'
import { importedFunction, kernelModule } from '../../kernel-module.js'
import { panelPacker } from './panel-packer.js'
import { tileColumns } from './register-tile.js'
import { skinnyDotsFunction } from './skinny-dots.js'
import { skinnyCounts, skinnyRowsFunction } from './skinny-rows.js'
import { type ContractionDType, tileArithmetic } from './tile-arithmetic.js'
import { tileBlock } from './tile-block.js'
import { tileVariants } from './tile-variants.js'

/** A function that picks one of several by its first argument, and passes the others on. */
export const chosenBy = (library: FunctionLibrary, count: number, choices: readonly WasmFunction[]): WasmFunction =>
  buildFunction(library, new Array<ValueType>(count + 1).fill('i32'), [], (_, locals) => {
    const [choice, ...values] = locals as [Local, ...Local[]]
    const from = (position: number): void => {
      const target = choices[position]
      if (target === undefined) return
      const callIt = (): void => {
        for (const value of values) local.get(value)
        call(target)
      }
      if (position === choices.length - 1) callIt()
      else {
        when(equal(choice, position), callIt, () => {
          from(position + 1)
        })
      }
    }
    from(0)
  })

const build = (dtype: ContractionDType, features: WasmFeatures): Uint8Array<ArrayBuffer> => {
  const library: FunctionLibrary = new Map()
  const arithmetic = tileArithmetic(dtype, features)
  const packers = new Map<number, WasmFunction>()
  const packer = (width: number): WasmFunction => {
    const known = packers.get(width) ?? panelPacker(library, arithmetic, width)
    packers.set(width, known)
    return known
  }
  return kernelModule(features, {
    block: chosenBy(
      library,
      8,
      tileVariants.map((shape) => tileBlock(library, arithmetic, shape)),
    ),
    packLeft: chosenBy(
      library,
      7,
      tileVariants.map(({ rows }) => packer(rows)),
    ),
    packRight: chosenBy(
      library,
      7,
      tileVariants.map((shape) => packer(tileColumns(shape, arithmetic.itemBytes))),
    ),
    rows: chosenBy(
      library,
      10,
      skinnyCounts.map((count) => skinnyRowsFunction(library, arithmetic, count)),
    ),
    dots: chosenBy(
      library,
      9,
      skinnyCounts.map((count) => skinnyDotsFunction(library, features, arithmetic, count)),
    ),
  })
}

const coreOf = (dtype: ContractionDType): KernelCode => ({
  key: `contraction:${dtype}`,
  build: (features) => build(dtype, features),
})

/** What every contraction of a dtype has in common, compiled once for all of them. */
export const contractionCore: Readonly<Record<ContractionDType, KernelCode>> = {
  float32: coreOf('float32'),
  float64: coreOf('float64'),
  int32: coreOf('int32'),
}

const words = <const Count extends number>(count: Count): 'i32'[] => new Array<'i32'>(count).fill('i32')

/**
 * The functions of the core, as code that uses it imports them.
 *
 * - `block(variant, a, rows, b, columns, depth, c, rowBytes, accumulate)`: see `tileBlock`
 * - `packLeft`, `packRight(variant, source, laneStride, depthStride, lanes, depth, target, panelDepth)`: see `panelPacker`
 * - `rows(position in skinnyCounts, …)`: see `skinnyRowsFunction`
 * - `dots(position in skinnyCounts, …)`: see `skinnyDotsFunction`
 */
export const contractionImports = {
  block: importedFunction('block', words(9), []),
  packLeft: importedFunction('packLeft', words(8), []),
  packRight: importedFunction('packRight', words(8), []),
  rows: importedFunction('rows', words(11), []),
  dots: importedFunction('dots', words(10), []),
} as const
