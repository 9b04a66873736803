import { type ConvolutionKernel, type ConvolutionStructure, identityOf, itemSize, stage } from '@chainrule/tensor'
import type { ContractionLibrary } from '../contraction-library.js'
import type { KernelCode, KernelPlan } from '../kernel-code.js'
import { contractionCore } from './contraction/contraction-core.js'
import { convolutionCore } from './convolution/convolution-core.js'
import type { Finish } from './contraction/finish-code.js'
import { type ContractionDType, contractionDType } from './contraction/tile-arithmetic.js'
import { correlationModule } from './convolution/correlation-code.js'
import { correlationLayout } from './convolution/correlation-layout.js'
import { planCorrelation } from './convolution/correlation.js'
import type { LibraryDType } from './library/library-code.js'
import { patchCore } from './convolution/patch-core.js'
import { leavesOf } from './expression-leaves.js'
import { weightGradientModule } from './convolution/weight-gradient-code.js'
import { weightGradientLayout } from './convolution/weight-gradient-layout.js'
import { planWeightGradient } from './convolution/weight-gradient.js'

/** What the planners know of a structure. */
export interface KnownConvolution {
  readonly dtype: ContractionDType
  readonly finish: Finish
  readonly usesIndex: boolean
  readonly hasEpilogue: boolean
  /** Bytes of an element of each operand. */
  readonly itemSizes: readonly number[]
  readonly code: KernelCode
  /** The same on a native library; libraries have no products of whole numbers. */
  readonly libraryCode: KernelCode | undefined
  readonly plan: (kernel: ConvolutionKernel, library: ContractionLibrary | undefined) => KernelPlan
}

const known = new WeakMap<ConvolutionStructure, KnownConvolution>()
const knownByKey = new Map<string, KnownConvolution>()

const onLibrary = (key: string, dtype: LibraryDType, isWeightGradient: boolean, finish: Finish): KernelCode => ({
  key: `library:${key}`,
  uses: [contractionCore[dtype], convolutionCore[dtype], patchCore[dtype]],
  build: (features) => (isWeightGradient ? weightGradientModule : correlationModule)(dtype, finish, features, dtype),
})

const learn = (structure: ConvolutionStructure): KnownConvolution => {
  const dtype = contractionDType('convolution', structure.dtype)
  const { epilogue, direction } = structure
  const expression = epilogue?.expression ?? stage(0, dtype)
  const inputs = epilogue?.inputs ?? []
  const isWeightGradient = direction === 'weightGradient'
  const key = `${isWeightGradient ? 'weightGradient' : 'correlation'}:${dtype}:${inputs.join()}:${identityOf(expression)}`
  // The forward pass and the gradient of the input are the same code.
  const same = knownByKey.get(key)
  if (same !== undefined) {
    known.set(structure, same)
    return same
  }
  const leaves = leavesOf([expression])
  const finish: Finish = { expression, leaves, dtype, inputs, firstInput: 2 }
  const correlation = correlationLayout(inputs.length, leaves)
  const gathering = weightGradientLayout(inputs.length, leaves)
  const learnt: KnownConvolution = {
    dtype,
    finish,
    usesIndex: leaves.axes.length > 0,
    hasEpilogue: epilogue !== undefined,
    itemSizes: [dtype, dtype, ...inputs, expression.dtype].map(itemSize),
    code: {
      key,
      uses: [contractionCore[dtype], convolutionCore[dtype]],
      build: (features) => (isWeightGradient ? weightGradientModule : correlationModule)(dtype, finish, features),
    },
    libraryCode: dtype === 'int32' ? undefined : onLibrary(key, dtype, isWeightGradient, finish),
    plan: isWeightGradient
      ? (kernel, library) => planWeightGradient(learnt, gathering, kernel, library)
      : (kernel, library) => planCorrelation(learnt, correlation, kernel, library),
  }
  known.set(structure, learnt)
  knownByKey.set(key, learnt)
  return learnt
}

/**
 * Launches of convolutions and their gradients.
 *
 * @param kernel - the kernel
 * @param library - a native library for products that it prefers
 * @returns its plan
 */
export const planConvolution = (kernel: ConvolutionKernel, library?: ContractionLibrary): KernelPlan =>
  (known.get(kernel.structure) ?? learn(kernel.structure)).plan(kernel, library)
