import {
  cellSlot,
  type CopyKernel,
  type DType,
  input,
  type MapStructure,
  scalarOps,
  type Space,
} from '@chainrule/tensor'
import { inputMemory, type Launch, type LaunchOperand, type MemoryReference, outputMemory } from '../launch.js'
import type { Planner, PlanContext } from '../plan-context.js'
import { planMap } from './map.js'

const known = new Map<string, MapStructure>()

const remembered = (key: string, make: () => MapStructure): MapStructure => {
  const found = known.get(key)
  if (found) return found
  const made = make()
  known.set(key, made)
  return made
}

const copying = (dtype: DType): MapStructure =>
  remembered(dtype, () => ({ inputs: [dtype], outputs: [input(0, dtype)] }))

const adding = (dtype: DType): MapStructure =>
  remembered(`${dtype} add`, () => ({
    inputs: [dtype, dtype],
    outputs: [scalarOps.add(input(0, dtype), input(1, dtype))],
  }))

/** The number is an argument, as if it were a cell, so that all fills share a pipeline. */
const filling = (dtype: DType): MapStructure =>
  remembered(`${dtype} fill`, () => ({ inputs: [], outputs: [cellSlot(0, dtype)] }))

const withValue = (launch: Launch, dtype: DType, value: number): Launch => {
  const stored = dtype === 'bool' ? Number(value !== 0) : dtype === 'int32' ? Math.trunc(value) | 0 : value
  return {
    ...launch,
    label: launch.label.replace('copy', 'fill'),
    fields: launch.fields.map((field) =>
      'cell' in field ? { name: field.name, type: field.type, value: stored } : field,
    ),
  }
}

/** Runs spaces of one map, each with the inputs of the copy that it names. */
const mapLaunches = (
  structure: MapStructure,
  spaces: readonly { readonly space: Space; readonly inputs: readonly MemoryReference[] }[],
  context: PlanContext,
): Launch[] => {
  const sources = spaces.flatMap(({ inputs }) => inputs)
  const idOf = ({ kind, position }: MemoryReference): number =>
    (kind === 'input' ? context.inputs : context.outputs)[position] ?? -1
  const plan = planMap(
    { kind: 'map', structure, spaces: spaces.map(({ space }) => space) },
    { ...context, inputs: sources.map(idOf), outputs: spaces.map(() => context.outputs[0] ?? -1) },
  )
  return plan.launches.map((launch) => ({
    ...launch,
    label: launch.label.replace(/^map (copy )?/, 'copy '),
    operands: launch.operands.map((operand): LaunchOperand => ({
      ...operand,
      memory: operand.writes ? outputMemory(0) : (sources[operand.memory.position] ?? operand.memory),
    })),
  }))
}

/** Plans a copy as maps that pass elements on: the fill, then the pieces; pieces that may overlap one after another. */
export const planCopy: Planner<CopyKernel> = (kernel, context) => {
  const { dtype, accumulate } = kernel.structure
  const launches: Launch[] = []
  if (kernel.fill) {
    const { value, size, offset } = kernel.fill
    const space = { shape: [size], inputs: [], outputs: [{ strides: [1], offset }] }
    const fills = mapLaunches(filling(dtype), [{ space, inputs: [] }], context)
    launches.push(...fills.map((launch) => withValue(launch, dtype, value)))
  }
  const spaces = kernel.pieces.map(({ input: position, shape, source, target }) =>
    accumulate
      ? {
          space: { shape, inputs: [target, source], outputs: [target] },
          inputs: [outputMemory(0), inputMemory(position)],
        }
      : { space: { shape, inputs: [source], outputs: [target] }, inputs: [inputMemory(position)] },
  )
  if (accumulate) for (const space of spaces) launches.push(...mapLaunches(adding(dtype), [space], context))
  else launches.push(...mapLaunches(copying(dtype), spaces, context))
  return { launches, scratch: [] }
}
