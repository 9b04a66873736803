import type { DType, MapStructure, Space } from '@chainrule/tensor'
import { type ArgumentField, inputMemory, type LaunchOperand, outputMemory } from '../launch.js'
import {
  axesOf,
  indexedAxes,
  type LaneAccess,
  laneAccess,
  mergeAxes,
  type NormalAxis,
  orderAxes,
} from '../normal-space.js'
import { cellFields, describeExpressions, expressionsKey } from './element-code.js'

/** One operand of one space, ready for code: how a thread finds its elements. */
export interface MapWalk {
  readonly operand: LaunchOperand
  readonly access: LaneAccess
  readonly offset: number
  readonly strides: readonly number[]
}

/** A space after merging: one launch runs several. */
export interface MapSpace {
  /** Prefix of the names of its operands and arguments; empty where it is alone. */
  readonly name: string
  readonly axes: readonly NormalAxis[]
  /** Neighbours along the innermost axis that one thread computes. */
  readonly width: 1 | 4
  /** Whether the last thread of a line may own fewer. */
  readonly hasTail: boolean
  readonly threads: number
  readonly inputs: readonly MapWalk[]
  readonly outputs: readonly MapWalk[]
}

/** What follows from a structure alone; eager ops come back with the same one again and again. */
export interface MapFacts {
  readonly description: string
  readonly key: string
  readonly indexed: ReadonlySet<number>
  readonly cells: readonly ArgumentField[]
  readonly usesHalf: boolean
}

const knownFacts = new WeakMap<MapStructure, MapFacts>()

/**
 * What a structure means for its code, worked out once.
 *
 * @param structure - of a map
 * @returns the facts
 */
export const mapFacts = (structure: MapStructure): MapFacts => {
  const known = knownFacts.get(structure)
  if (known) return known
  const { inputs, outputs } = structure
  const facts: MapFacts = {
    description: describeExpressions(outputs),
    key: `map ${inputs.join()} ${expressionsKey(outputs)}`,
    indexed: new Set([...indexedAxes(outputs)].sort((left, right) => left - right)),
    cells: cellFields(outputs),
    usesHalf: [...inputs, ...outputs.map(({ dtype }) => dtype)].includes('float16'),
  }
  knownFacts.set(structure, facts)
  return facts
}

/** Product of sizes. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1)

/**
 * Merges the axes of a space and decides what a thread computes.
 *
 * @param structure - of the map
 * @param space - sizes and accesses
 * @param number - which of the kernel's spaces it is
 * @param name - prefix of the names in the shader
 * @returns the space, ready for code
 */
export const mapSpace = (structure: MapStructure, space: Space, number: number, name: string): MapSpace => {
  const accesses = [...space.outputs, ...space.inputs]
  const { indexed } = mapFacts(structure)
  const weights = accesses.map((_, operand) => operand)
  const axes = mergeAxes(orderAxes(axesOf(space.shape, accesses), weights), indexed)
  const inner = axes.at(-1)?.size ?? 1
  const width = inner >= 4 ? 4 : 1
  const groups = Math.ceil(inner / width)
  const walk = (operand: number, dtype: DType, label: string, isOutput: boolean, position: number): MapWalk => {
    const offset = accesses[operand]?.offset ?? 0
    const access = width === 4 ? laneAccess(operand, axes, offset) : 'each'
    const lanes = access === 'whole' ? 4 : 1
    // Words at the end of a line may hold bytes of others.
    const atomic = isOutput && dtype === 'bool' && (lanes === 1 || inner % 4 !== 0)
    const memory = isOutput ? outputMemory(position) : inputMemory(position)
    const operandOf = { name: `${name}${label}`, memory, dtype, lanes, writes: isOutput } as const
    const strides = axes.map((axis) => axis.strides[operand] ?? 0)
    return { operand: atomic ? { ...operandOf, atomic } : operandOf, access, offset, strides }
  }
  const outputCount = structure.outputs.length
  const inputCount = structure.inputs.length
  return {
    name,
    axes,
    width,
    hasTail: inner % width !== 0,
    threads: sizeOf(axes.slice(0, -1).map((axis) => axis.size)) * groups,
    outputs: structure.outputs.map(({ dtype }, position) =>
      walk(position, dtype, `out${String(position)}`, true, number * outputCount + position),
    ),
    inputs: structure.inputs.map((dtype, position) =>
      walk(outputCount + position, dtype, `in${String(position)}`, false, number * inputCount + position),
    ),
  }
}

/** Text that differs for spaces that need different code. */
export const mapSpaceKey = (
  { axes, width, hasTail, inputs, outputs }: MapSpace,
  indexed: ReadonlySet<number>,
): string =>
  `${axes.map(({ original }) => (original !== undefined && indexed.has(original) ? original : '-')).join('')}/${String(width)}${hasTail ? 't' : ''}/${[
    ...outputs,
    ...inputs,
  ]
    .map(({ access }) => access.charAt(0))
    .join('')}`

const walkFields = (walk: MapWalk): ArgumentField[] => {
  const { name } = walk.operand
  const unit = walk.access === 'whole' ? 4 : 1
  const strides = walk.strides.map((stride, axis) => ({ axis, stride }))
  const inner = walk.strides.length - 1
  return [
    { name: `${name}_offset`, type: 'u32', value: walk.offset / unit },
    ...strides
      .filter(({ axis }) => axis < inner || walk.access === 'each')
      .map(({ axis, stride }): ArgumentField => ({
        name: `${name}_stride${String(axis)}`,
        type: 'u32',
        value: stride / unit,
      })),
  ]
}

/** The arguments of a space. */
export const mapSpaceFields = (plan: MapSpace): ArgumentField[] => [
  { name: `${plan.name}threads`, type: 'u32', value: plan.threads },
  ...plan.axes.map(({ size: value }, axis): ArgumentField => ({
    name: `${plan.name}size${String(axis)}`,
    type: 'u32',
    value,
  })),
  ...[...plan.outputs, ...plan.inputs].flatMap(walkFields),
]
