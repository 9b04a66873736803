import type { FunctionLibrary } from '../../assembly/function-builder.js'
import { callWith, loadWord, when } from '../../assembly/words.js'
import type { WasmFeatures } from '../../kernel-code.js'
import { kernelModule } from '../../kernel-module.js'
import { batchOffsetFunction } from '../contraction/contraction-layout.js'
import { type Finish, finishFunction } from '../contraction/finish-code.js'
import type { ContractionDType } from '../contraction/tile-arithmetic.js'
import type { LibraryDType } from '../library/library-code.js'
import { runFunction } from '../run-function.js'
import { correlateDirectly, correlateTiles } from './correlate-areas.js'
import { correlateOnLibrary } from './correlate-on-library.js'
import type { Correlating } from './correlating.js'
import { correlationLayout, partWord } from './correlation-layout.js'
import { packWeights } from './pack-weights.js'

/**
 * The module of a convolution's forward pass, or of the gradient of its input.
 *
 * @param dtype - of the operands
 * @param finish - what is done with the sums
 * @param features - of the engine
 * @param library - the dtype, where a native library multiplies
 * @returns its bytes
 */
export const correlationModule = (
  dtype: ContractionDType,
  finish: Finish,
  features: WasmFeatures,
  library?: LibraryDType,
): Uint8Array<ArrayBuffer> => {
  const functions: FunctionLibrary = new Map()
  const layout = correlationLayout(finish.inputs.length, finish.leaves)
  const batchOffset = batchOffsetFunction(functions, layout.records)
  const finishBlock = finishFunction(functions, features, layout, finish)
  const run = runFunction((builder, values) => {
    const { parameters } = values
    const part = builder.local('i32')
    const correlating: Correlating = {
      builder,
      run: values,
      itemBytes: dtype === 'float64' ? 8 : 4,
      field: (name) => loadWord(parameters, layout.at[name]),
      part,
      ofPart: (name) => loadWord(part, 4 * partWord(name)),
      finish: (words) => {
        callWith(finishBlock, [parameters, ...words])
      },
      batchOffset: (records, batch, operand) => () => {
        callWith(batchOffset, [records, batch, operand])
      },
      output: layout.records.operands - 1,
    }
    when(
      values.phase,
      () => {
        if (library !== undefined) {
          correlateOnLibrary(correlating, library)
          return
        }
        when(
          correlating.field('isDirectSum'),
          () => {
            correlateDirectly(correlating)
          },
          () => {
            correlateTiles(correlating)
          },
        )
      },
      () => {
        packWeights(correlating)
      },
    )
  }, functions)
  return kernelModule(features, { run })
}
