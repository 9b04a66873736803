import type { FunctionLibrary } from '../../assembly/function-builder.js'
import { add, callWith, loadWord, named, when } from '../../assembly/words.js'
import type { WasmFeatures } from '../../kernel-code.js'
import { kernelModule } from '../../kernel-module.js'
import { type Finish, finishFunction } from '../contraction/finish-code.js'
import { type ContractionDType, tileArithmetic } from '../contraction/tile-arithmetic.js'
import type { LibraryDType } from '../library/library-code.js'
import { runFunction } from '../run-function.js'
import { gatherOnLibrary } from './gather-on-library.js'
import { gatherDirectly, gatherTiles } from './gather-units.js'
import type { Gathering } from './gathering.js'
import { reducePartials } from './reduce-partials.js'
import { weightGradientLayout } from './weight-gradient-layout.js'

/**
 * The module of the gradient of a convolution's weights.
 *
 * @param dtype - of the operands
 * @param finish - what is done with the sums
 * @param features - of the engine
 * @param library - the dtype, where a native library multiplies
 * @returns its bytes
 */
export const weightGradientModule = (
  dtype: ContractionDType,
  finish: Finish,
  features: WasmFeatures,
  library?: LibraryDType,
): Uint8Array<ArrayBuffer> => {
  const functions: FunctionLibrary = new Map()
  const layout = weightGradientLayout(finish.inputs.length, finish.leaves)
  const finishBlock = finishFunction(functions, features, layout, finish)
  const run = runFunction((builder, values) => {
    const { parameters } = values
    const gathering: Gathering = {
      builder,
      run: values,
      records: named(builder, add(parameters, layout.recordsAt)),
      arithmetic: tileArithmetic(dtype, features),
      field: (name) => loadWord(parameters, layout.at[name]),
      finish: (words) => {
        callWith(finishBlock, [parameters, ...words])
      },
    }
    when(
      values.phase,
      () => {
        reducePartials(gathering)
      },
      () => {
        if (library !== undefined) {
          gatherOnLibrary(gathering, library)
          return
        }
        when(
          gathering.field('isDirectSum'),
          () => {
            gatherDirectly(gathering)
          },
          () => {
            gatherTiles(gathering)
          },
        )
      },
    )
  }, functions)
  return kernelModule(features, { run })
}
