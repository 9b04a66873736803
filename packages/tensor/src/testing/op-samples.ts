import type { OpSample } from './op-sample.js'
import { activationConventions } from './samples/activation-conventions.js'
import { arithmeticConventions } from './samples/arithmetic-conventions.js'
import { assemblySamples } from './samples/assembly.js'
import { binaryConventions } from './samples/binary-conventions.js'
import { binarySamples } from './samples/binary.js'
import { conversionSamples } from './samples/conversion.js'
import { convolutionSamples } from './samples/convolution.js'
import { creationSamples } from './samples/creation.js'
import { crossEntropySamples } from './samples/cross-entropy.js'
import { einsumSamples } from './samples/einsum.js'
import { indexingSamples } from './samples/indexing.js'
import { matmulSamples } from './samples/matmul.js'
import { movementSamples } from './samples/movement.js'
import { normalizationSamples } from './samples/normalization.js'
import { orderingSamples } from './samples/ordering.js'
import { poolingSamples } from './samples/pooling.js'
import { reductionConventions } from './samples/reduction-conventions.js'
import { reductionSamples } from './samples/reduction.js'
import { softmaxSamples } from './samples/softmax.js'
import { ternarySamples } from './samples/ternary.js'
import { transcendentalConventions } from './samples/transcendental-conventions.js'
import { unarySamples } from './samples/unary.js'

/** Every sample of every op of the tensor package. */
export const opSamples: readonly OpSample[] = [
  ...unarySamples,
  ...arithmeticConventions,
  ...transcendentalConventions,
  ...activationConventions,
  ...binarySamples,
  ...binaryConventions,
  ...ternarySamples,
  ...conversionSamples,
  ...reductionSamples,
  ...reductionConventions,
  ...matmulSamples,
  ...einsumSamples,
  ...movementSamples,
  ...assemblySamples,
  ...indexingSamples,
  ...convolutionSamples,
  ...poolingSamples,
  ...softmaxSamples,
  ...normalizationSamples,
  ...crossEntropySamples,
  ...orderingSamples,
  ...creationSamples,
]

/**
 * The ops that have samples.
 *
 * @returns their public names
 */
export const coveredOps = (): ReadonlySet<string> => new Set(opSamples.map(({ op }) => op))

/**
 * The sample with float64 in place of float32: the same numbers, finer results.
 *
 * @param sample - a sample
 * @returns its twin, or undefined where it has no float32 input or its statement holds for float32 only
 */
export const inFloat64 = (sample: OpSample): OpSample | undefined =>
  sample.float64
    ? {
        ...sample,
        name: `${sample.name} (float64)`,
        inputs: sample.inputs.map((input) => (input.dtype === 'float32' ? { ...input, dtype: 'float64' } : input)),
      }
    : undefined
