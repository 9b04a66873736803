import { add, loadWord } from '../assembly/words.js'
import type { WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import type { ContractionDType } from './contraction/tile-arithmetic.js'
import { poolAverage, poolAverageGradient } from './pool/pool-average.js'
import { poolMaxGradient, poolMaxTake } from './pool/pool-choices.js'
import { poolMax } from './pool/pool-max.js'
import { poolFieldAt, type Pooling, type PoolOperation } from './pool/pooling.js'
import { runFunction } from './run-function.js'

const operations: Record<PoolOperation, (pooling: Pooling) => void> = {
  max: poolMax,
  maxGradient: poolMaxGradient,
  maxTake: poolMaxTake,
  average: poolAverage,
  averageGradient: poolAverageGradient,
}

/**
 * The module of a pooling operation.
 *
 * @param operation - which
 * @param dtype - of the values
 * @param features - of the engine
 * @returns its bytes
 */
export const poolModule = (
  operation: PoolOperation,
  dtype: ContractionDType,
  features: WasmFeatures,
): Uint8Array<ArrayBuffer> => {
  const run = runFunction((builder, values) => {
    const { parameters } = values
    operations[operation]({
      builder,
      run: values,
      dtype,
      itemBytes: dtype === 'float64' ? 8 : 4,
      features,
      field: (name) => loadWord(parameters, poolFieldAt(name)),
      operand: (position, offset) => add(loadWord(parameters, 4 * position), loadWord(parameters, poolFieldAt(offset))),
    })
  })
  return kernelModule(features, { run })
}
