import {
  type Access,
  type ConvolutionKernel,
  denseStrides,
  input,
  type RowKernel,
  stage,
  substitute,
} from '@chainrule/tensor'
import { inputMemory, type Launch, type LaunchPlan, type MemoryReference, scratchMemory } from '../launch.js'
import type { Planner, PlanContext } from '../plan-context.js'
import { contractionLaunch } from './contraction.js'
import { convolutionFactor } from './convolution-factors.js'
import { convolutionFields, outputShape, partShape, productSizes, windowConstants } from './convolution-sizes.js'
import { convolutionSink } from './convolution-sink.js'
import { cellFields, describeExpressions } from './element-code.js'
import { partialSink } from './matrix-sink.js'
import { planRow } from './row.js'
import { chooseTile, splitInner } from './tiles.js'

const structures = new WeakMap<ConvolutionKernel['structure'], RowKernel['structure']>()

const sumStructure = (structure: ConvolutionKernel['structure']): RowKernel['structure'] => {
  const known = structures.get(structure)
  if (known) return known
  const { dtype, epilogue } = structure
  const summed = dtype === 'float16' ? 'float32' : dtype
  const made: RowKernel['structure'] = {
    inputs: [summed, ...(epilogue?.inputs ?? [])],
    stages: [{ reduction: 'sum', expression: input(0, summed) }],
    outputs: [
      {
        per: 'row',
        expression: epilogue
          ? substitute(epilogue.expression, (node) =>
              node.kind === 'input' ? input(node.input + 1, node.dtype) : undefined,
            )
          : stage(0, dtype),
      },
    ],
  }
  structures.set(structure, made)
  return made
}

/** How the output lies in the scratch memory of parts, [groups, rows, columns], as strides along its four axes. */
const partialStrides = (kernel: ConvolutionKernel, { box }: PlanContext): readonly number[] => {
  const { columns } = productSizes(kernel, box)
  const [, , height, width] = outputShape(kernel)
  const plane = height * width
  // Channels of all groups follow each other in both products whose columns are places.
  return kernel.structure.direction === 'weightGradient'
    ? denseStrides(partShape(kernel, box))
    : [plane, columns, width, 1]
}

const planSums = (kernel: ConvolutionKernel, splits: number, context: PlanContext): LaunchPlan => {
  const shape = partShape(kernel, context.box)
  const results = shape.reduce((total, size) => total * size, 1)
  const plan = planRow(
    {
      kind: 'row',
      structure: sumStructure(kernel.structure),
      spaces: [
        {
          shape: [...shape, splits],
          kept: 4,
          inputs: [
            { offset: 0, strides: [...partialStrides(kernel, context), results] },
            ...kernel.epilogueInputs.map(({ offset, strides }): Access => ({ offset, strides: [...strides, 0] })),
          ],
          outputs: [{ offset: kernel.offsets.output, strides: denseStrides(outputShape(kernel)) }],
        },
      ],
    },
    { ...context, inputs: [-1, ...context.inputs.slice(2)] },
  )
  const rename = (reference: MemoryReference): MemoryReference => {
    if (reference.kind === 'scratch') return scratchMemory(reference.position + 1)
    if (reference.kind !== 'input') return reference
    return reference.position === 0 ? scratchMemory(0) : inputMemory(reference.position + 1)
  }
  return {
    ...plan,
    launches: plan.launches.map((launch): Launch => ({
      ...launch,
      operands: launch.operands.map((operand) => ({ ...operand, memory: rename(operand.memory) })),
    })),
  }
}

const labelOf = ({ structure, batch, inputChannels, outputChannels, window }: ConvolutionKernel): string =>
  `convolution ${structure.direction} [${[batch, inputChannels, ...window.input].join(', ')}] by ${String(outputChannels)} of ${window.kernel.join('×')}`

/** Plans a convolution as an implicit product: patches are gathered as tiles are loaded and never stored. */
export const planConvolution: Planner<ConvolutionKernel> = (kernel, context) => {
  const { dtype, epilogue, direction } = kernel.structure
  if (outputShape(kernel).some((size) => size === 0)) return { launches: [], scratch: [] }
  const sizes = productSizes(kernel, context.box)
  const { splits, chunk } = splitInner(sizes)
  const isSplit = splits > 1
  const expressions = epilogue ? [epilogue.expression] : []
  const dtypes = [dtype, ...(isSplit ? [] : [...(epilogue?.inputs ?? []), ...expressions.map((root) => root.dtype)])]
  const then = epilogue ? `, then ${describeExpressions(expressions)}` : ''
  const launch = contractionLaunch({
    label: labelOf(kernel),
    comment: `convolution of ${dtype}, ${direction}, as a product of matrices${then}`,
    key: `convolution ${direction} ${dtype}`,
    dtype,
    tile: chooseTile(sizes, splits, `convolution ${direction} ${dtype}`, context),
    ...sizes,
    splits,
    chunk,
    a: convolutionFactor(kernel, 'a'),
    b: convolutionFactor(kernel, 'b'),
    sink: isSplit ? partialSink(dtype, scratchMemory(0), sizes.columns) : convolutionSink(kernel),
    cells: [...convolutionFields(kernel), ...(isSplit ? [] : cellFields(expressions))],
    constants: windowConstants(kernel.window),
    usesHalf: dtypes.includes('float16'),
  })
  if (!isSplit) return { launches: [launch], scratch: [] }
  const sums = planSums(kernel, splits, context)
  return {
    launches: [launch, ...sums.launches],
    scratch: [sizes.batch * sizes.rows * sizes.columns * splits * 4, ...sums.scratch],
  }
}
