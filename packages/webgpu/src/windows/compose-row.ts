import {
  type Access,
  constant,
  denseStrides,
  type DType,
  type Expression,
  index,
  input,
  itemSize,
  type MapKernel,
  type RowKernel,
  type RowSpace,
  type RowStage,
  scalarOps,
  sizeOf,
  stage,
  substitute,
} from '@chainrule/tensor'
import { leavesOf, rowFacts } from '../kernels/row-structure.js'
import { inputMemory, type MemoryReference, outputMemory, scratchMemory } from '../launch.js'
import type { Composition, CompositionStep } from './composition.js'
import { range } from './part.js'

const { add, cast, equal, logicalAnd, logicalNot, logicalOr, minimum, mul, where } = scalarOps

/** Where the results of a stage lie in scratch memory: one of each row and piece, then one of each row. */
interface StageMemory {
  readonly stage: RowStage
  /** What a stage is to expressions that use it. */
  readonly dtype: DType
  readonly isPlace: boolean
  /** Blocks: values of pieces, for places also the places of pieces, and the result. */
  readonly pieces: number
  readonly places: number
  readonly result: number
}

/** Sums count in int32 and keep float16 in float32; an extreme keeps its dtype. */
const pieceType = ({ reduction, expression: { dtype } }: RowStage): DType => {
  if (reduction !== 'sum' && reduction !== 'prod') return dtype
  return dtype === 'float16' ? 'float32' : dtype === 'bool' ? 'int32' : dtype
}

const stageType = ({ reduction, expression: { dtype } }: RowStage): DType => {
  if (reduction === 'argmax' || reduction === 'argmin') return 'int32'
  return dtype === 'bool' && (reduction === 'sum' || reduction === 'prod') ? 'int32' : dtype
}

/** What a step reads, without operands that no expression uses, and its expressions with inputs numbered anew. */
const pruned = (
  operands: {
    readonly dtypes: readonly DType[]
    readonly accesses: readonly Access[]
    readonly memory: readonly MemoryReference[]
  },
  expressions: readonly Expression[],
) => {
  const used = leavesOf(expressions).inputs
  const renumbered = (node: Expression): Expression | undefined =>
    node.kind === 'input' ? input(used.indexOf(node.input), node.dtype) : undefined
  const chosen = <T>(list: readonly T[]): T[] => used.flatMap((position) => list[position] ?? [])
  return {
    dtypes: chosen(operands.dtypes),
    accesses: chosen(operands.accesses),
    memory: chosen(operands.memory),
    expressions: expressions.map((expression) => substitute(expression, renumbered)),
  }
}

const isNan = (x: Expression): Expression => logicalNot(equal(x, x))

const noPlace = constant(2147483647, 'int32')

/** Composes one space of a row kernel whose rows are longer than a binding. */
class RowComposer {
  readonly stages: CompositionStep[] = []
  readonly scratch: number[] = []
  readonly #kernel: RowKernel
  readonly #space: RowSpace
  readonly #number: number
  readonly #kept: readonly number[]
  readonly #axis: number
  readonly #piece: number
  readonly #memories: readonly StageMemory[]

  constructor(kernel: RowKernel, number: number, space: RowSpace, pieces: number, axis: number) {
    this.#kernel = kernel
    this.#space = space
    this.#number = number
    this.#kept = space.shape.slice(0, space.kept)
    this.#axis = axis
    this.#piece = Math.ceil((space.shape[axis] ?? 1) / pieces)
    const rows = sizeOf(this.#kept)
    const block = (dtype: DType, each: number): number => this.scratch.push(rows * each * itemSize(dtype)) - 1
    this.#memories = kernel.structure.stages.map((described) => {
      const isPlace = described.reduction.startsWith('arg')
      const dtype = stageType(described)
      return {
        stage: described,
        dtype,
        isPlace,
        pieces: block(pieceType(described), this.#count),
        places: isPlace ? block('int32', this.#count) : -1,
        result: block(dtype === 'float16' ? 'float32' : dtype, 1),
      }
    })
  }

  compose(): void {
    for (const level of rowFacts(this.#kernel.structure).levels) {
      for (let piece = 0; piece < this.#count; piece++) this.#reducePiece(level, piece)
      for (const number of level) {
        const memory = this.#memories[number]
        if (memory) this.#combine(memory)
      }
    }
    this.#finish('element')
    this.#finish('row')
  }

  get #count(): number {
    return Math.ceil((this.#space.shape[this.#axis] ?? 1) / this.#piece)
  }

  #rowAccess(offset = 0): Access {
    return { strides: denseStrides(this.#kept), offset }
  }

  /** The expression with results of earlier stages as inputs after the kernel's own, and coordinates of the whole. */
  #rewritten(expression: Expression, start: number): Expression {
    const { inputs } = this.#kernel.structure
    const reduced = sizeOf(this.#space.shape.slice(this.#space.kept))
    return substitute(expression, (node) => {
      if (node.kind === 'stage') {
        const dtype = this.#memories[node.stage]?.dtype ?? node.dtype
        return cast(input(inputs.length + node.stage, dtype === 'float16' ? 'float32' : dtype), dtype)
      }
      if (node.kind === 'count') return constant(reduced, node.dtype)
      if (node.kind === 'index' && node.axis === this.#axis && start > 0) return add(node, constant(start, 'int32'))
      return undefined
    })
  }

  /** The kernel's inputs, then the results of its stages: dtypes, accesses and memory. */
  #operands(start: number): {
    readonly dtypes: readonly DType[]
    readonly accesses: readonly Access[]
    readonly memory: readonly MemoryReference[]
  } {
    const { inputs } = this.#kernel.structure
    return {
      dtypes: [...inputs, ...this.#memories.map(({ dtype }) => (dtype === 'float16' ? 'float32' : dtype))],
      accesses: [
        ...this.#space.inputs.map(({ strides, offset }) => ({
          strides,
          offset: offset + start * (strides[this.#axis] ?? 0),
        })),
        ...this.#memories.map(() => this.#rowAccess()),
      ],
      memory: [
        ...range(inputs.length, this.#number * inputs.length).map(inputMemory),
        ...this.#memories.map(({ result }) => scratchMemory(result)),
      ],
    }
  }

  #reducePiece(level: readonly number[], piece: number): void {
    const start = piece * this.#piece
    const length = Math.min(this.#piece, (this.#space.shape[this.#axis] ?? 1) - start)
    const stages: RowStage[] = []
    const outputs: { readonly expression: Expression; readonly block: number }[] = []
    const reduce = (reduction: RowStage['reduction'], expression: Expression, dtype: DType): Expression =>
      stage(stages.push({ reduction, expression }) - 1, dtype)
    for (const number of level) {
      const found = this.#memories[number]
      if (!found) continue
      const { reduction } = found.stage
      const expression = this.#rewritten(found.stage.expression, start)
      const value = reduce(
        reduction === 'argmax' ? 'max' : reduction === 'argmin' ? 'min' : reduction,
        expression,
        // Sums of float16 are handed on before they are rounded.
        found.isPlace ? expression.dtype : pieceType(found.stage),
      )
      outputs.push({ expression: value, block: found.pieces })
      if (!found.isPlace) continue
      outputs.push({ expression: reduce(reduction, expression, 'int32'), block: found.places })
    }
    const shape = this.#space.shape.map((size, axis) => (axis === this.#axis ? length : size))
    const { dtypes, accesses, memory, expressions } = pruned(
      this.#operands(start),
      stages.map(({ expression }) => expression),
    )
    const kernel: RowKernel = {
      kind: 'row',
      structure: {
        inputs: dtypes,
        stages: stages.map(({ reduction }, at) => ({ reduction, expression: expressions[at] ?? noPlace })),
        outputs: outputs.map(({ expression }) => ({ per: 'row', expression })),
      },
      spaces: [
        {
          shape,
          kept: this.#kept.length,
          inputs: accesses,
          outputs: outputs.map(() => this.#rowAccess(piece * sizeOf(this.#kept))),
        },
      ],
    }
    this.stages.push({ kernel, inputs: memory, outputs: outputs.map(({ block }) => scratchMemory(block)) })
  }

  /** Reduces what the pieces of each row left, in their order. */
  #combine({ stage: described, dtype, isPlace, pieces, places, result }: StageMemory): void {
    const of = pieceType(described)
    const value = input(0, of)
    const access: Access = { strides: [...denseStrides(this.#kept), sizeOf(this.#kept)], offset: 0 }
    const space = { shape: [...this.#kept, this.#count], kept: this.#kept.length, outputs: [this.#rowAccess()] }
    const outputs = [scratchMemory(result)]
    if (!isPlace) {
      const kernel: RowKernel = {
        kind: 'row',
        structure: {
          inputs: [of],
          stages: [{ reduction: described.reduction, expression: value }],
          outputs: [{ per: 'row', expression: cast(stage(0, of), dtype === 'float16' ? 'float32' : dtype) }],
        },
        spaces: [{ ...space, inputs: [access] }],
      }
      this.stages.push({ kernel, inputs: [scratchMemory(pieces)], outputs })
      return
    }
    // The first place among the pieces whose extreme is that of the row.
    const inner = sizeOf(this.#space.shape.slice(this.#axis + 1))
    const extreme = stage(0, of)
    const isExtreme = logicalOr(equal(value, extreme), logicalAnd(isNan(value), isNan(extreme)))
    const shift = mul(index(this.#kept.length), constant(this.#piece * inner, 'int32'))
    const kernel: RowKernel = {
      kind: 'row',
      structure: {
        inputs: [of, 'int32'],
        stages: [
          { reduction: described.reduction === 'argmax' ? 'max' : 'min', expression: value },
          { reduction: 'min', expression: where(isExtreme, add(input(1, 'int32'), shift), noPlace) },
        ],
        outputs: [{ per: 'row', expression: minimum(stage(1, 'int32'), noPlace) }],
      },
      spaces: [{ ...space, inputs: [access, access] }],
    }
    this.stages.push({ kernel, inputs: [scratchMemory(pieces), scratchMemory(places)], outputs })
  }

  /** Outputs are maps over results of stages. */
  #finish(per: 'row' | 'element'): void {
    const { outputs } = this.#kernel.structure
    const chosen = range(outputs.length).filter((position) => outputs[position]?.per === per)
    if (chosen.length === 0) return
    const { dtypes, accesses, memory, expressions } = pruned(
      this.#operands(0),
      chosen.flatMap((position) => {
        const output = outputs[position]
        return output ? [this.#rewritten(output.expression, 0)] : []
      }),
    )
    const kernel: MapKernel = {
      kind: 'map',
      structure: { inputs: dtypes, outputs: expressions },
      spaces: [
        {
          shape: per === 'row' ? this.#kept : this.#space.shape,
          inputs:
            per === 'row'
              ? accesses.map(({ strides, offset }) => ({ strides: strides.slice(0, this.#kept.length), offset }))
              : accesses,
          outputs: chosen.flatMap((position) => this.#space.outputs[position] ?? []),
        },
      ],
    }
    const first = this.#number * outputs.length
    this.stages.push({ kernel, inputs: memory, outputs: chosen.map((position) => outputMemory(first + position)) })
  }
}

/** Bytes from the first to the last element that any input walks. */
const reachOf = (space: RowSpace, dtypes: readonly DType[]): number =>
  Math.max(
    0,
    ...space.inputs.map(({ strides }, at) => {
      const steps = strides.reduce((sum, stride, axis) => sum + Math.abs(stride) * ((space.shape[axis] ?? 1) - 1), 1)
      return steps * itemSize(dtypes[at] ?? 'float32')
    }),
  )

/**
 * A row kernel with rows that are longer than a binding: pieces along the outermost reduced axis are reduced on their own,
 * then what they left, and outputs are maps. Pieces that are still too long are composed again.
 *
 * @param kernel - the kernel
 * @param limit - bytes of a binding
 * @returns undefined where there is nothing left to cut
 */
export const composeRow = (kernel: RowKernel, limit: number): Composition | undefined => {
  const { structure, spaces } = kernel
  const stages: CompositionStep[] = []
  const scratch: number[] = []
  for (const [number, space] of spaces.entries()) {
    const axis = space.shape.findIndex((size, at) => at >= space.kept && size > 1)
    const size = space.shape[axis]
    if (size === undefined) return undefined
    const pieces = Math.min(size, Math.max(2, Math.ceil(reachOf(space, structure.inputs) / limit) + 1))
    const composer = new RowComposer(kernel, number, space, pieces, axis)
    composer.compose()
    stages.push(...composer.stages)
    composer.scratch.forEach((bytes, at) => (scratch[at] = Math.max(scratch[at] ?? 0, bytes)))
  }
  return { scratch, stages }
}
