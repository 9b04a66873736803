import {
  type Access,
  type ConvolutionKernel,
  denseStrides,
  type Epilogue,
  type Expression,
  type MatmulKernel,
  stage,
} from '@chainrule/tensor'
import { align, mergeAccess } from './align.js'
import type { Block, Step } from './block.js'
import { isSingleMap, spaceOf } from './fuse-producer.js'
import { cutMap } from './cut-axes.js'
import { type FusedOperand, OperandList } from './operands.js'

const hasIndex = (root: Expression): boolean =>
  root.kind === 'index' || (root.kind === 'scalar' && root.arguments.some(hasIndex))

/** Shape and access of what a contraction writes. */
export const written = (kernel: MatmulKernel | ConvolutionKernel): { shape: readonly number[]; access: Access } => {
  if (kernel.kind === 'matmul') {
    return { shape: [...kernel.batch, kernel.rows, kernel.columns], access: kernel.output }
  }
  const { batch, inputChannels, outputChannels, groups, window } = kernel
  const shapes = {
    forward: [batch, outputChannels, ...window.output],
    inputGradient: [batch, inputChannels, ...window.input],
    weightGradient: [outputChannels, inputChannels / groups, ...window.kernel],
  }
  const shape = shapes[kernel.structure.direction]
  return { shape, access: { strides: denseStrides(shape), offset: kernel.offsets.output } }
}

/**
 * Applies a map to each result of a contraction while it is warm. Only where nobody else needs the bare result.
 */
export const fuseEpilogue = (contraction: Step, map: Step, maxOperands: number): Step | undefined => {
  const { kernel } = contraction
  if ((kernel.kind !== 'matmul' && kernel.kind !== 'convolution') || !isSingleMap(map)) return undefined
  const [result] = contraction.outputs
  const [target] = map.outputs
  const [root] = map.kernel.structure.outputs
  if (result === undefined || target === undefined || root === undefined || map.outputs.length !== 1 || hasIndex(root))
    return undefined
  const { shape, access } = written(kernel)
  const place = map.inputs.indexOf(result)
  const read = spaceOf(map.kernel).inputs[place]
  if (read === undefined) return undefined
  const alignment = align(spaceOf(map.kernel).shape, read, shape, access)
  if (alignment === undefined) return undefined
  const lengths = alignment.left.flat()
  // Each result is mapped once: no axis of the map may repeat it.
  if (alignment.pairs.some((pair, axis) => pair === undefined && lengths[axis] !== 1)) return undefined
  const cut = cutMap(map.kernel, alignment.left)
  const space = spaceOf(cut)
  const list = new OperandList()
  const before = kernel.structure.epilogue
  const contracted = contraction.inputs.slice(0, 2)
  const dtype = kernel.structure.dtype
  const own = (input: number): FusedOperand => {
    const block = contraction.inputs[2 + input]
    const ownAccess = kernel.epilogueInputs[input]
    const ownType = before?.inputs[input]
    if (block === undefined || ownAccess === undefined || ownType === undefined)
      throw new RangeError('compile: lost an operand')
    return { block, dtype: ownType, access: ownAccess }
  }
  const bare = before === undefined ? stage(0, dtype) : list.adopt(before.expression, own, contraction.cells)
  let fits = true
  const operandOf = (input: number): FusedOperand | Expression => {
    const block = map.inputs[input]
    const mapAccess = space.inputs[input]
    const mapType = cut.structure.inputs[input]
    if (block === undefined || mapAccess === undefined || mapType === undefined)
      throw new RangeError('compile: lost an operand')
    const merged = mergeAccess(mapAccess, alignment, shape)
    if (block !== result) {
      if (merged === undefined) fits = false
      return { block, dtype: mapType, access: merged ?? mapAccess }
    }
    const same = merged !== undefined && merged.offset === access.offset
    if (!same || shape.some((length, axis) => length !== 1 && merged.strides[axis] !== access.strides[axis]))
      fits = false
    return bare
  }
  const expression = list.adopt(root, operandOf, map.cells)
  const target0 = space.outputs[0]
  const output = target0 && mergeAccess(target0, alignment, shape)
  if (!fits || output === undefined || list.operands.length + 3 > maxOperands) return undefined
  const epilogue: Epilogue = { inputs: list.operands.map((operand) => operand.dtype), expression }
  const epilogueInputs = list.operands.map((operand) => operand.access)
  const rest = {
    inputs: [...contracted, ...list.operands.map(({ block }): Block => block)],
    outputs: [target],
    cells: list.cells,
    ops: [...contraction.ops, ...map.ops],
  }
  if (kernel.kind === 'matmul') {
    return { ...rest, kernel: { ...kernel, structure: { dtype, epilogue }, output, epilogueInputs } }
  }
  // A convolution writes dense memory only.
  const dense = denseStrides(shape)
  if (output.offset !== 0 || shape.some((length, axis) => length !== 1 && output.strides[axis] !== dense[axis]))
    return undefined
  return {
    ...rest,
    kernel: {
      ...kernel,
      structure: { ...kernel.structure, epilogue },
      offsets: { ...kernel.offsets, output: 0 },
      epilogueInputs,
    },
  }
}
