import {
  type ConvolutionKernel,
  denseStrides,
  type DType,
  type Epilogue,
  type Expression,
  input,
  itemSize,
  type MapKernel,
  type MatmulKernel,
  scalarOps,
  sizeOf,
  stage,
  substitute,
} from '@chainrule/tensor'
import { outputShape } from '../kernels/convolution-sizes.js'
import { inputMemory, outputMemory, scratchMemory } from '../launch.js'
import { range } from './part.js'
import type { Composition } from './composition.js'

type ProductKernel = MatmulKernel | ConvolutionKernel
type ProductStructure = ProductKernel['structure']

/** Sums of float16 stay in float32 until they are whole. */
const sumType = (dtype: DType): DType => (dtype === 'float16' ? 'float32' : dtype)

/** The results themselves, as sums that further ones can be added to; those of float16 before they are rounded. */
const bareEpilogue = (dtype: DType): Epilogue | undefined =>
  dtype === 'float16' ? { inputs: [], expression: stage(0, 'float32') } : undefined

const accumulating = new Map<DType, Epilogue>()

/**
 * The epilogue of a piece that adds to what earlier pieces along the contracted axis left in the output.
 *
 * @param structure - of a product
 * @returns undefined where what is stored is not a plain sum
 */
export const accumulatingEpilogue = ({ dtype, epilogue }: ProductStructure): Epilogue | undefined => {
  if (epilogue?.expression !== bareEpilogue(dtype)?.expression) return undefined
  const sum = sumType(dtype)
  const known = accumulating.get(dtype) ?? {
    inputs: [sum],
    expression: scalarOps.add(stage(0, sum), input(0, sum)),
  }
  accumulating.set(dtype, known)
  return known
}

const finished = new WeakMap<ProductStructure, MapKernel['structure']>()

/** The epilogue as a map over whole sums. */
const finishing = (structure: ProductStructure): MapKernel['structure'] => {
  const known = finished.get(structure)
  if (known) return known
  const { dtype, epilogue } = structure
  const sum = scalarOps.cast(input(0, sumType(dtype)), dtype)
  const replace = (node: Expression): Expression | undefined =>
    node.kind === 'stage' ? sum : node.kind === 'input' ? input(node.input + 1, node.dtype) : undefined
  const made: MapKernel['structure'] = {
    inputs: [sumType(dtype), ...(epilogue?.inputs ?? [])],
    outputs: [epilogue ? substitute(epilogue.expression, replace) : sum],
  }
  finished.set(structure, made)
  return made
}

/**
 * A product whose contracted axis has to be cut: plain sums first, then the epilogue over them.
 *
 * @param kernel - matrix product or convolution
 * @returns undefined where it is a plain sum already
 */
export const composeProduct = (kernel: ProductKernel): Composition | undefined => {
  const { structure } = kernel
  if (accumulatingEpilogue(structure)) return undefined
  const { dtype } = structure
  const bare = bareEpilogue(dtype)
  const plain = { dtype, ...(bare ? { epilogue: bare } : {}) }
  const shape = kernel.kind === 'matmul' ? [...kernel.batch, kernel.rows, kernel.columns] : outputShape(kernel)
  const access = { strides: denseStrides(shape), offset: 0 }
  const output = kernel.kind === 'matmul' ? kernel.output : { ...access, offset: kernel.offsets.output }
  const sums: ProductKernel =
    kernel.kind === 'matmul'
      ? { ...kernel, structure: plain, output: access, epilogueInputs: [] }
      : {
          ...kernel,
          structure: { ...plain, direction: kernel.structure.direction },
          offsets: { ...kernel.offsets, output: 0 },
          epilogueInputs: [],
        }
  const finish: MapKernel = {
    kind: 'map',
    structure: finishing(structure),
    spaces: [{ shape, inputs: [access, ...kernel.epilogueInputs], outputs: [output] }],
  }
  const others = range(kernel.epilogueInputs.length, 2).map(inputMemory)
  return {
    scratch: [sizeOf(shape) * itemSize(sumType(dtype))],
    stages: [
      { kernel: sums, inputs: [inputMemory(0), inputMemory(1)], outputs: [scratchMemory(0)] },
      { kernel: finish, inputs: [scratchMemory(0), ...others], outputs: [outputMemory(0)] },
    ],
  }
}
