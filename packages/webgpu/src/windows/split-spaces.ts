import {
  type Access,
  constant,
  type CopyKernel,
  type Expression,
  type MapKernel,
  type MatmulKernel,
  type RowKernel,
  type RowStructure,
  scalarOps,
  substitute,
} from '@chainrule/tensor'
import { indexedAxes } from '../normal-space.js'
import { accumulatingEpilogue } from './compose-product.js'
import { operandsAt, type Part, range, type Splitter } from './part.js'
import { type SpacePart, splitSpace, type WalkedOperand } from './split-space.js'

/** Parts of several independent spaces, or undefined where one of them cannot be cut. */
const gather = <T>(items: readonly T[], split: (item: T, at: number) => readonly Part[] | undefined) => {
  const parts: Part[] = []
  for (const [at, item] of items.entries()) {
    const own = split(item, at)
    if (!own) return undefined
    parts.push(...own)
  }
  return parts
}

/** Axes by which to cut first, those whose coordinates nobody uses, and all that may be cut. */
const preferences = (axes: readonly number[], indexed: ReadonlySet<number>): readonly (readonly number[])[] => [
  axes.filter((axis) => !indexed.has(axis)),
  axes,
]

/** The first way of cutting that helps. */
const splitBy = (
  shape: readonly number[],
  operands: readonly WalkedOperand[],
  ways: readonly (readonly number[])[],
  limit: number,
): readonly SpacePart[] | undefined => {
  for (const axes of ways) {
    const parts = splitSpace(shape, operands, axes, limit)
    if (parts) return parts
  }
  return undefined
}

/** An expression with coordinates of the whole, as a part that begins at `start` knows its own. */
const shifted = (expression: Expression, start: readonly number[]): Expression =>
  substitute(expression, (node) => {
    const first = node.kind === 'index' ? (start[node.axis] ?? 0) : 0
    return first > 0 ? scalarOps.add(node, constant(first, 'int32')) : undefined
  })

/** Cuts each space of a map. */
export const splitMap: Splitter<MapKernel> = ({ structure, spaces }, limit) => {
  const indexed = indexedAxes(structure.outputs)
  const inputCount = structure.inputs.length
  const outputCount = structure.outputs.length
  return gather(spaces, ({ shape, inputs, outputs }, number) => {
    const operands: WalkedOperand[] = [
      ...inputs.map((access, at) => ({ access, dtype: structure.inputs[at] ?? 'float32' })),
      ...outputs.map((access, at) => ({ access, dtype: structure.outputs[at]?.dtype ?? 'float32' })),
    ]
    const ways = preferences(range(shape.length), indexed)
    return splitBy(shape, operands, ways, limit)?.map((part): Part => ({
      kernel: {
        kind: 'map',
        structure: [...indexed].some((axis) => (part.start[axis] ?? 0) > 0)
          ? { ...structure, outputs: structure.outputs.map((output) => shifted(output, part.start)) }
          : structure,
        spaces: [
          {
            shape: part.shape,
            inputs: part.accesses.slice(0, inputCount),
            outputs: part.accesses.slice(inputCount),
          },
        ],
      },
      inputs: operandsAt(range(inputCount, number * inputCount), part.byteOffsets),
      outputs: operandsAt(range(outputCount, number * outputCount), part.byteOffsets, inputCount),
    }))
  })
}

const shiftedRows = ({ inputs, stages, outputs }: RowStructure, start: readonly number[]): RowStructure => ({
  inputs,
  stages: stages.map(({ reduction, expression }) => ({ reduction, expression: shifted(expression, start) })),
  outputs: outputs.map(({ per, expression }) => ({ per, expression: shifted(expression, start) })),
})

/** Cuts each space of a row kernel along kept axes. */
export const splitRow: Splitter<RowKernel> = ({ structure, spaces }, limit) => {
  const indexed = indexedAxes([...structure.stages, ...structure.outputs].map(({ expression }) => expression))
  const inputCount = structure.inputs.length
  const outputCount = structure.outputs.length
  return gather(spaces, ({ shape, kept, inputs, outputs }, number) => {
    const operands: WalkedOperand[] = [
      ...inputs.map((access, at) => ({ access, dtype: structure.inputs[at] ?? 'float32' })),
      ...outputs.map((access, at) => ({ access, dtype: structure.outputs[at]?.expression.dtype ?? 'float32' })),
    ]
    const ways = preferences(range(kept), indexed)
    return splitBy(shape, operands, ways, limit)?.map((part): Part => ({
      kernel: {
        kind: 'row',
        structure: [...indexed].some((axis) => (part.start[axis] ?? 0) > 0)
          ? shiftedRows(structure, part.start)
          : structure,
        spaces: [
          {
            shape: part.shape,
            kept,
            inputs: part.accesses.slice(0, inputCount),
            outputs: part.accesses.slice(inputCount),
          },
        ],
      },
      inputs: operandsAt(range(inputCount, number * inputCount), part.byteOffsets),
      outputs: operandsAt(range(outputCount, number * outputCount), part.byteOffsets, inputCount),
    }))
  })
}

/** Strides of a factor along [...batch, rows, columns, inner]. */
const factorStrides = ({ strides }: Access, axes: number, isLeft: boolean): number[] => {
  const [first = 0, second = 0] = strides.slice(axes)
  return [...strides.slice(0, axes), ...(isLeft ? [first, 0, second] : [0, second, first])]
}

/**
 * Cuts a product along batch axes, rows and columns, and where that is not enough along the contracted axis: later pieces
 * add to what earlier ones left.
 */
export const splitMatmul: Splitter<MatmulKernel> = (kernel, limit) => {
  const { structure, batch, rows, columns, inner, a, b, output, epilogueInputs } = kernel
  const { dtype, epilogue } = structure
  const axes = batch.length
  const operands: WalkedOperand[] = [
    { dtype, access: { ...a, strides: factorStrides(a, axes, true) } },
    { dtype, access: { ...b, strides: factorStrides(b, axes, false) } },
    ...epilogueInputs.map((access, at) => ({ access, dtype: epilogue?.inputs[at] ?? dtype })),
    { dtype: epilogue?.expression.dtype ?? dtype, access: output },
  ]
  const indexed = epilogue ? indexedAxes([epilogue.expression]) : new Set<number>()
  const cuttable = range(axes + 2).filter((axis) => !indexed.has(axis))
  const inputCount = operands.length - 1
  const shape = [...batch, rows, columns, Math.max(1, inner)]
  const accumulating = accumulatingEpilogue(structure)
  const parts =
    splitSpace(shape, operands, cuttable, limit) ??
    (accumulating && splitSpace(shape, operands, [...cuttable, axes + 2], limit))
  return parts?.map((part): Part => {
    const offset = (at: number): number => part.accesses[at]?.offset ?? 0
    const isLater = (part.start[axes + 2] ?? 0) > 0
    const adds = isLater ? accumulating : undefined
    const target = { ...output, offset: offset(inputCount) }
    return {
      kernel: {
        ...kernel,
        ...(adds ? { structure: { ...structure, epilogue: adds } } : {}),
        batch: part.shape.slice(0, axes),
        rows: part.shape[axes] ?? 0,
        columns: part.shape[axes + 1] ?? 0,
        inner: Math.min(inner, part.shape[axes + 2] ?? 0),
        a: { ...a, offset: offset(0) },
        b: { ...b, offset: offset(1) },
        epilogueInputs: adds ? [target] : epilogueInputs.map((access, at) => ({ ...access, offset: offset(2 + at) })),
        output: target,
      },
      inputs: adds
        ? [
            ...operandsAt([0, 1], part.byteOffsets),
            { kind: 'output', position: 0, byteOffset: part.byteOffsets[inputCount] ?? 0 },
          ]
        : operandsAt(range(inputCount), part.byteOffsets),
      outputs: operandsAt([0], part.byteOffsets, inputCount),
    }
  })
}

/** Cuts the fill and each piece of a copy. */
export const splitCopy: Splitter<CopyKernel> = ({ structure, fill, pieces }, limit) => {
  const { dtype } = structure
  const filled = fill
    ? splitSpace([fill.size], [{ dtype, access: { strides: [1], offset: fill.offset } }], [0], limit)
    : []
  const copied = gather(pieces, ({ input, shape, source, target }) =>
    splitSpace(
      shape,
      [
        { dtype, access: source },
        { dtype, access: target },
      ],
      range(shape.length),
      limit,
    )?.map((part): Part => {
      const [from, to] = part.accesses
      return {
        kernel: {
          kind: 'copy',
          structure,
          pieces: [{ input: 0, shape: part.shape, source: from ?? source, target: to ?? target }],
        },
        inputs: operandsAt([input], part.byteOffsets),
        outputs: operandsAt([0], part.byteOffsets, 1),
      }
    }),
  )
  if (!filled || !copied) return undefined
  const fills = filled.map(({ shape, accesses, byteOffsets }): Part => ({
    kernel: {
      kind: 'copy',
      structure,
      fill: { value: fill?.value ?? 0, size: shape[0] ?? 0, offset: accesses[0]?.offset ?? 0 },
      pieces: [],
    },
    inputs: [],
    outputs: operandsAt([0], byteOffsets),
  }))
  return [...fills, ...copied]
}
