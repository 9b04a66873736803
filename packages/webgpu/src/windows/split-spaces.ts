import type { Access, CopyKernel, MapKernel, MatmulKernel, RowKernel } from '@chainrule/tensor'
import { indexedAxes } from '../normal-space.js'
import { operandsAt, type Part, range, type Splitter } from './part.js'
import { splitSpace, type WalkedOperand } from './split-space.js'

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

/** Cuts each space of a map along axes whose coordinates it does not use. */
export const splitMap: Splitter<MapKernel> = ({ structure, spaces }, limit) => {
  const indexed = indexedAxes(structure.outputs)
  const inputCount = structure.inputs.length
  const outputCount = structure.outputs.length
  return gather(spaces, ({ shape, inputs, outputs }, number) => {
    const operands: WalkedOperand[] = [
      ...inputs.map((access, at) => ({ access, dtype: structure.inputs[at] ?? 'float32' })),
      ...outputs.map((access, at) => ({ access, dtype: structure.outputs[at]?.dtype ?? 'float32' })),
    ]
    const axes = range(shape.length).filter((axis) => !indexed.has(axis))
    return splitSpace(shape, operands, axes, limit)?.map((part): Part => ({
      kernel: {
        kind: 'map',
        structure,
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
    const axes = range(kept).filter((axis) => !indexed.has(axis))
    return splitSpace(shape, operands, axes, limit)?.map((part): Part => ({
      kernel: {
        kind: 'row',
        structure,
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

/** Cuts a product along batch axes, rows and columns. */
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
  return splitSpace([...batch, rows, columns, Math.max(1, inner)], operands, cuttable, limit)?.map((part): Part => {
    const offset = (at: number): number => part.accesses[at]?.offset ?? 0
    return {
      kernel: {
        ...kernel,
        batch: part.shape.slice(0, axes),
        rows: part.shape[axes] ?? 0,
        columns: part.shape[axes + 1] ?? 0,
        a: { ...a, offset: offset(0) },
        b: { ...b, offset: offset(1) },
        epilogueInputs: epilogueInputs.map((access, at) => ({ ...access, offset: offset(2 + at) })),
        output: { ...output, offset: offset(inputCount) },
      },
      inputs: operandsAt(range(inputCount), part.byteOffsets),
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
