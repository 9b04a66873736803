import {
  type Access,
  type Expression,
  index,
  type MapKernel,
  type RowKernel,
  type RowOutput,
  sizeOf,
} from '@chainrule/tensor'
import { align, commonFactors, type Factors } from './align.js'
import type { Block, Step } from './block.js'
import { cutMap, cutRow } from './cut-axes.js'
import { isSingleMap, isSingleRow, spaceOf } from './fuse-producer.js'
import { type FusedOperand, OperandList } from './operands.js'

/** Both kernels cut alike, with the place in the row's space of each axis of the map's. */
interface Joined {
  readonly row: RowKernel
  readonly map: MapKernel
  /** For each axis of the map, the axis of the row. */
  readonly axes: readonly (number | undefined)[]
}

const starts = (factors: readonly Factors[]): readonly number[] => {
  let place = 0
  return factors.map((list) => {
    place += list.length
    return place - list.length
  })
}

/** Pairs the axes along which a map repeats a row's value with the row's reduced axes, in order. */
const pairRepeats = (row: RowKernel, map: MapKernel, pairs: readonly (number | undefined)[]): Joined | undefined => {
  const rowSpace = spaceOf(row)
  const mapShape = spaceOf(map).shape
  const repeated = mapShape.flatMap((length, axis) => (pairs[axis] === undefined && length !== 1 ? [axis] : []))
  const reduced = rowSpace.shape.flatMap((length, axis) => (axis >= rowSpace.kept && length !== 1 ? [axis] : []))
  if (repeated.length === 0) return { row, map, axes: pairs }
  const cut = commonFactors(
    repeated.map((axis) => mapShape[axis] ?? 1),
    reduced.map((axis) => rowSpace.shape[axis] ?? 1),
  )
  if (cut === undefined) return undefined
  const mapFactors = mapShape.map((length, axis): Factors => cut.left[repeated.indexOf(axis)] ?? [length])
  const rowFactors = rowSpace.shape.map((length, axis): Factors => cut.right[reduced.indexOf(axis)] ?? [length])
  const rowStart = starts(rowFactors)
  const reducedOrder = reduced.flatMap((axis) =>
    (rowFactors[axis] ?? []).map((_, within) => (rowStart[axis] ?? 0) + within),
  )
  let next = 0
  const axes = mapFactors.flatMap((list, axis): (number | undefined)[] => {
    const pair = pairs[axis]
    if (repeated.includes(axis)) return list.map(() => reducedOrder[next++])
    return [pair === undefined ? undefined : rowStart[pair]]
  })
  return { row: cutRow(row, rowFactors), map: cutMap(map, mapFactors), axes }
}

const join = (row: Step & { kernel: RowKernel }, map: Step & { kernel: MapKernel }): Joined | undefined => {
  const rowSpace = spaceOf(row.kernel)
  const mapSpace = spaceOf(map.kernel)
  const place = map.inputs.findIndex((block) => row.outputs.includes(block))
  const read = mapSpace.inputs[place]
  const output = row.outputs.indexOf(map.inputs[place] as Block)
  const write = rowSpace.outputs[output]
  const described = row.kernel.structure.outputs[output]
  if (read === undefined || write === undefined || described === undefined) return undefined
  const shape = described.per === 'row' ? rowSpace.shape.slice(0, rowSpace.kept) : rowSpace.shape
  const alignment = align(mapSpace.shape, read, shape, write)
  if (alignment === undefined) return undefined
  const rest = rowSpace.shape.slice(shape.length).map((length): Factors => [length])
  const cutRowKernel = cutRow(row.kernel, [...alignment.right, ...rest])
  const cutMapKernel = cutMap(map.kernel, alignment.left)
  return described.per === 'row'
    ? pairRepeats(cutRowKernel, cutMapKernel, alignment.pairs)
    : { row: cutRowKernel, map: cutMapKernel, axes: alignment.pairs }
}

/** An access of the map's space as one of the row's. */
const carry = ({ strides, offset }: Access, axes: Joined['axes'], rank: number): Access => {
  const carried = new Array<number>(rank).fill(0)
  axes.forEach((axis, place) => {
    if (axis !== undefined) carried[axis] = strides[place] ?? 0
  })
  return { strides: carried, offset }
}

const sameStrides = (left: readonly number[], right: readonly number[], shape: readonly number[]): boolean =>
  shape.every((length, axis) => length === 1 || (left[axis] ?? 0) === (right[axis] ?? 0))

/**
 * Computes a map in the last pass of the row kernel whose results it reads. Outputs of the row kernel that others need
 * (`keep`) stay.
 */
export const fuseRowReader = (
  row: Step,
  map: Step,
  keep: ReadonlySet<Block>,
  maxOperands: number,
): Step | undefined => {
  if (!isSingleRow(row) || !isSingleMap(map)) return undefined
  const joined = join(row, map)
  if (joined === undefined) return undefined
  const rowSpace = spaceOf(joined.row)
  const mapSpace = spaceOf(joined.map)
  const rank = rowSpace.shape.length
  const keptShape = rowSpace.shape.slice(0, rowSpace.kept)
  const size = sizeOf(mapSpace.shape)
  const perElement =
    size === sizeOf(rowSpace.shape) && joined.axes.some((axis) => axis !== undefined && axis >= rowSpace.kept)
  const reduces = sizeOf(rowSpace.shape) !== sizeOf(keptShape)
  if (
    !perElement &&
    (size !== sizeOf(keptShape) || joined.axes.some((axis) => axis !== undefined && axis >= rowSpace.kept))
  ) {
    return undefined
  }
  const covered = new Set(joined.axes.filter((axis) => axis !== undefined))
  const needed = perElement ? rowSpace.shape : keptShape
  if (needed.some((length, axis) => length !== 1 && !covered.has(axis))) return undefined
  const list = new OperandList()
  const rowOperand = (place: number): FusedOperand => {
    const block = row.inputs[place]
    const access = rowSpace.inputs[place]
    const dtype = joined.row.structure.inputs[place]
    if (block === undefined || access === undefined || dtype === undefined)
      throw new RangeError('compile: lost an operand')
    return { block, dtype, access }
  }
  const adoptRow = (root: Expression): Expression => list.adopt(root, rowOperand, row.cells)
  let fits = true
  const mapOperand = (place: number): FusedOperand | Expression => {
    const block = map.inputs[place]
    const access = mapSpace.inputs[place]
    const dtype = joined.map.structure.inputs[place]
    if (block === undefined || access === undefined || dtype === undefined)
      throw new RangeError('compile: lost an operand')
    const carried = carry(access, joined.axes, rank)
    const output = row.outputs.indexOf(block)
    if (output < 0) return { block, dtype, access: carried }
    const described = joined.row.structure.outputs[output]
    const written = rowSpace.outputs[output]
    if (described === undefined || written === undefined) throw new RangeError('compile: lost an output')
    const expected =
      described.per === 'row'
        ? [...written.strides, ...rowSpace.shape.slice(rowSpace.kept).map(() => 0)]
        : written.strides
    // A row's value per element, or an element's value per row, cannot be had from one pass.
    if (!sameStrides(carried.strides, expected, rowSpace.shape) || carried.offset !== written.offset) fits = false
    if (described.per === 'element' && !perElement && reduces) fits = false
    return adoptRow(described.expression)
  }
  const stages = joined.row.structure.stages.map((stage) => ({ ...stage, expression: adoptRow(stage.expression) }))
  const coordinate = (node: Expression): Expression | undefined => {
    if (node.kind !== 'index') return undefined
    const axis = joined.axes[node.axis]
    return axis === undefined ? node : index(axis)
  }
  const kept = joined.row.structure.outputs.flatMap((output, place) => {
    const block = row.outputs[place]
    const access = rowSpace.outputs[place]
    if (block === undefined || access === undefined || !keep.has(block)) return []
    return [{ block, access, output: { ...output, expression: adoptRow(output.expression) } }]
  })
  const added = joined.map.structure.outputs.flatMap((root, place) => {
    const block = map.outputs[place]
    const access = mapSpace.outputs[place]
    if (block === undefined || access === undefined) return []
    const carried = carry(access, joined.axes, rank)
    const output: RowOutput = {
      per: perElement ? 'element' : 'row',
      expression: list.adopt(root, mapOperand, map.cells, coordinate),
    }
    const strides = perElement ? carried.strides : carried.strides.slice(0, rowSpace.kept)
    return [{ block, access: { ...carried, strides }, output }]
  })
  if (!fits) return undefined
  const outputs = [...kept, ...added]
  if (list.operands.length + outputs.length > maxOperands) return undefined
  return {
    kernel: {
      kind: 'row',
      structure: {
        inputs: list.operands.map(({ dtype }) => dtype),
        stages,
        outputs: outputs.map(({ output }) => output),
      },
      spaces: [
        {
          shape: rowSpace.shape,
          kept: rowSpace.kept,
          inputs: list.operands.map(({ access }) => access),
          outputs: outputs.map(({ access }) => access),
        },
      ],
    },
    inputs: list.operands.map(({ block }) => block),
    outputs: outputs.map(({ block }) => block),
    cells: list.cells,
    ops: [...row.ops, ...map.ops],
  }
}
