import {
  type Access,
  denseStrides,
  DTypeError,
  input,
  type MatmulKernel,
  type RowKernel,
  scalarOps,
  sizeOf,
  stage,
  substitute,
} from '@chainrule/tensor'
import { type Launch, type LaunchPlan, type MemoryReference, outputMemory, scratchMemory } from '../launch.js'
import { inputMemory } from '../launch.js'
import { axesOf, mergeAxes, type NormalAxis } from '../normal-space.js'
import type { Planner, PlanContext } from '../plan-context.js'
import { contractionLaunch } from './contraction.js'
import { cellFields, describeExpressions } from './element-code.js'
import { matrixFactor } from './matrix-factor.js'
import { matrixSink, partialSink } from './matrix-sink.js'
import { planRow } from './row.js'
import { chooseTile, splitInner } from './tiles.js'

/** Rewrites which memory the launches of a plan for another kernel name. */
const rename = (plan: LaunchPlan, names: (reference: MemoryReference) => MemoryReference): Launch[] =>
  plan.launches.map((launch) => ({
    ...launch,
    operands: launch.operands.map((operand) => ({ ...operand, memory: names(operand.memory) })),
  }))

/** The epilogue as an expression of a row kernel with `before` inputs in front. */
const epilogueAfter = (kernel: MatmulKernel, before: number) => {
  const { dtype, epilogue } = kernel.structure
  if (!epilogue) return stage(0, dtype)
  return substitute(epilogue.expression, (node) =>
    node.kind === 'input' ? input(node.input + before, node.dtype) : undefined,
  )
}

const structures = new WeakMap<
  MatmulKernel['structure'],
  { vector: RowKernel['structure']; sums: RowKernel['structure'] }
>()

/** Row structures for products with a vector and for the sums of parts. */
const rowStructures = (kernel: MatmulKernel) => {
  const known = structures.get(kernel.structure)
  if (known) return known
  const { dtype, epilogue } = kernel.structure
  const others = epilogue?.inputs ?? []
  const row = (
    inputs: RowKernel['structure']['inputs'],
    expression: ReturnType<typeof stage>,
  ): RowKernel['structure'] => ({
    inputs: [...inputs, ...others],
    stages: [{ reduction: 'sum', expression }],
    outputs: [{ per: 'row', expression: epilogueAfter(kernel, inputs.length) }],
  })
  const made = {
    vector: row([dtype, dtype], scalarOps.mul(input(0, dtype), input(1, dtype))),
    sums: row([dtype === 'float16' ? 'float32' : dtype], input(0, dtype === 'float16' ? 'float32' : dtype)),
  }
  structures.set(kernel.structure, made)
  return made
}

const inserted = (strides: readonly number[], at: number, value: number): number[] => [
  ...strides.slice(0, at),
  value,
  ...strides.slice(at),
]

/** A product with one row or one column is a sum along rows: bandwidth is all that counts. */
const planVector = (kernel: MatmulKernel, context: PlanContext): LaunchPlan => {
  const { batch, rows, columns, inner, a, b } = kernel
  const axes = batch.length
  const shape = [...batch, rows, columns, inner]
  const plan = planRow(
    {
      kind: 'row',
      structure: rowStructures(kernel).vector,
      spaces: [
        {
          shape,
          kept: axes + 2,
          inputs: [
            { offset: a.offset, strides: inserted(a.strides, axes + 1, 0) },
            // Strides of b along [...batch, inner, columns] in the order of the shape.
            {
              offset: b.offset,
              strides: [...b.strides.slice(0, axes), 0, b.strides[axes + 1] ?? 0, b.strides[axes] ?? 0],
            },
            ...kernel.epilogueInputs.map(({ offset, strides }): Access => ({ offset, strides: [...strides, 0] })),
          ],
          outputs: [kernel.output],
        },
      ],
    },
    context,
  )
  const label = labelOf(kernel)
  return { ...plan, launches: plan.launches.map((launch) => ({ ...launch, label })) }
}

const labelOf = ({ batch, rows, columns, inner, structure }: MatmulKernel): string => {
  const left = [...batch, rows, inner].join(', ')
  const right = [...batch, inner, columns].join(', ')
  const epilogue = structure.epilogue ? ` with ${describeExpressions([structure.epilogue.expression])}` : ''
  return `matmul [${left}] × [${right}]${epilogue}`
}

/** Batch axes become rows where the right operand is the same for all and the others walk them as one. */
const foldBatch = (kernel: MatmulKernel): { kernel: MatmulKernel; batch: readonly NormalAxis[] } => {
  const { a, b, output, epilogueInputs } = kernel
  const axes = kernel.batch.length
  const accesses = [a, b, output, ...epilogueInputs]
  const batchOf = axesOf(
    kernel.batch,
    accesses.map(({ offset, strides }) => ({ offset, strides: strides.slice(0, axes) })),
  )
  const hasIndex = kernel.structure.epilogue !== undefined && usesIndex(kernel)
  const merged = mergeAxes(batchOf, new Set(hasIndex ? batchOf.map(({ original }) => original) : []))
  const last = merged.at(-1)
  if (hasIndex || last?.strides[1] !== 0) return { kernel, batch: merged }
  const rowStride = (access: Access): number => access.strides[axes] ?? 0
  const folds = accesses.every(
    (access, operand) => operand === 1 || (last.strides[operand] ?? 0) === rowStride(access) * kernel.rows,
  )
  if (!folds) return { kernel, batch: merged }
  return { kernel: { ...kernel, rows: kernel.rows * last.size }, batch: merged.slice(0, -1) }
}

const usesIndex = ({ structure }: MatmulKernel): boolean => {
  const seen = new Set<unknown>()
  const visit = (node: ReturnType<typeof stage>): boolean => {
    if (seen.has(node)) return false
    seen.add(node)
    return node.kind === 'index' || (node.kind === 'scalar' && node.arguments.some(visit))
  }
  return structure.epilogue !== undefined && visit(structure.epilogue.expression)
}

/** Sums the parts of a split product in order and applies the epilogue. */
const planSums = (kernel: MatmulKernel, splits: number, context: PlanContext): LaunchPlan => {
  const shape = [...kernel.batch, kernel.rows, kernel.columns]
  const results = sizeOf(shape)
  const plan = planRow(
    {
      kind: 'row',
      structure: rowStructures(kernel).sums,
      spaces: [
        {
          shape: [...shape, splits],
          kept: shape.length,
          inputs: [
            { offset: 0, strides: [...denseStrides(shape), results] },
            ...kernel.epilogueInputs.map(({ offset, strides }): Access => ({ offset, strides: [...strides, 0] })),
          ],
          outputs: [kernel.output],
        },
      ],
    },
    { ...context, inputs: [-1, ...context.inputs.slice(2)] },
  )
  const launches = rename(plan, (reference) => {
    if (reference.kind === 'scratch') return scratchMemory(reference.position + 1)
    if (reference.kind !== 'input') return reference
    return reference.position === 0 ? scratchMemory(0) : inputMemory(reference.position + 1)
  })
  return { launches, scratch: plan.scratch }
}

/**
 * Plans a product: rows of sums for vectors, tiles otherwise, in parts along the inner axis where there are few results.
 */
export const planMatmul: Planner<MatmulKernel> = (kernel, context) => {
  const { dtype, epilogue } = kernel.structure
  if (dtype === 'bool') throw new DTypeError('matmul: got bool on webgpu, expected numbers. Convert with .to(dtype).')
  if (sizeOf([...kernel.batch, kernel.rows, kernel.columns]) === 0) return { launches: [], scratch: [] }
  if (kernel.rows === 1 || kernel.columns === 1) return planVector(kernel, context)
  const { kernel: folded, batch } = foldBatch(kernel)
  const { rows, columns, inner } = folded
  const sizes = { batch: batch.reduce((total, { size }) => total * size, 1), rows, columns, inner }
  const { splits, chunk } = splitInner(sizes)
  const expressions = epilogue ? [epilogue.expression] : []
  const isSplit = splits > 1
  const dtypes = [dtype, ...(isSplit ? [] : [...(epilogue?.inputs ?? []), ...expressions.map((root) => root.dtype)])]
  const launch = contractionLaunch({
    label: labelOf(kernel),
    comment: `matmul of ${dtype}${epilogue ? `, then ${describeExpressions(expressions)}` : ''}`,
    key: `matmul ${dtype}`,
    dtype,
    tile: chooseTile(sizes, splits, `matmul ${dtype}`, context),
    ...sizes,
    splits,
    chunk,
    a: matrixFactor('a', inputMemory(0), dtype, folded.a, kernel.batch.length, 0, batch, 'rows'),
    b: matrixFactor('b', inputMemory(1), dtype, folded.b, kernel.batch.length, 1, batch, 'columns'),
    sink: isSplit
      ? partialSink(dtype, scratchMemory(0), columns)
      : matrixSink(folded, batch, outputMemory(0), (position) => inputMemory(position + 2)),
    cells: isSplit ? [] : cellFields(expressions),
    usesHalf: dtypes.includes('float16'),
  })
  if (!isSplit) return { launches: [launch], scratch: [] }
  const sums = planSums(kernel, splits, context)
  return {
    launches: [launch, ...sums.launches],
    scratch: [sizes.batch * rows * columns * splits * 4, ...sums.scratch],
  }
}
