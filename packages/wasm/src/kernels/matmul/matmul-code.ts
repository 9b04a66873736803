import type { FunctionLibrary } from '../../assembly/function-builder.js'
import { add, callWith, less, loadWord, named, when } from '../../assembly/words.js'
import type { WasmFeatures } from '../../kernel-code.js'
import { kernelModule } from '../../kernel-module.js'
import { batchOffsetFunction, operandStart, operandStride } from '../contraction/contraction-layout.js'
import { type Finish, finishFunction } from '../contraction/finish-code.js'
import type { ContractionDType } from '../contraction/tile-arithmetic.js'
import { runFunction } from '../run-function.js'
import { matmulLayout, type MatmulLayout, matmulMode } from './matmul-layout.js'
import type { MatmulParts } from './matmul-parts.js'
import { multiplyPacked, packShared } from './packed-product.js'
import { multiplySkinny } from './skinny-product.js'

/**
 * The module of a matrix product.
 *
 * @param dtype - of the operands
 * @param finish - what is done with the sums
 * @param features - of the engine
 * @returns its bytes
 */
export const matmulModule = (
  dtype: ContractionDType,
  finish: Finish,
  features: WasmFeatures,
): Uint8Array<ArrayBuffer> => {
  const library: FunctionLibrary = new Map()
  const layout: MatmulLayout = matmulLayout(finish.inputs.length, finish.leaves)
  const batchOffset = batchOffsetFunction(library, layout.records)
  const finishBlock = finishFunction(library, features, layout, finish)
  const run = runFunction((builder, values) => {
    const { parameters } = values
    const records = named(builder, add(parameters, layout.recordsAt))
    const parts: MatmulParts = {
      builder,
      run: values,
      itemBytes: dtype === 'float64' ? 8 : 4,
      field: (name) => loadWord(parameters, layout.at[name]),
      matrix: (operand, batch) =>
        add(operandStart(parameters, records, operand), () => {
          callWith(batchOffset, [records, batch, operand])
        }),
      stride: (operand, which) => operandStride(records, operand, which),
      output: layout.records.operands - 1,
      finish: (words) => {
        callWith(finishBlock, [parameters, records, ...words])
      },
    }
    const mode = named(builder, parts.field('mode'))
    when(
      less(matmulMode.own, mode),
      () => {
        multiplySkinny(parts)
      },
      () => {
        const packs = add(values.phase, mode)
        when(
          packs,
          () => {
            multiplyPacked(parts)
          },
          () => {
            packShared(parts)
          },
        )
      },
    )
  }, library)
  return kernelModule(features, { run })
}
