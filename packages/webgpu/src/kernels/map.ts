import type { MapKernel, MapStructure } from '@chainrule/tensor'
import type { Launch } from '../launch.js'
import type { Planner, PlanContext } from '../plan-context.js'
import { elementFunction } from './element-code.js'
import { mapMainCode, mapSpaceCode, mapSpaceGroups } from './map-code.js'
import { mapFacts, mapSpace, type MapSpace, mapSpaceFields, mapSpaceKey, sizeOf } from './map-space.js'

const launchOf = (structure: MapStructure, plans: readonly MapSpace[], shape: readonly number[]): Launch => {
  const { description, key, indexed, cells, usesHalf } = mapFacts(structure)
  const more = plans.length > 1 ? ` and ${String(plans.length - 1)} more` : ''
  const share = plans.some(({ width }) => width === 4) ? 'four neighbours along the innermost axis' : 'one element'
  return {
    label: `map ${description} [${shape.join(', ')}]${more}`,
    comment: `map: ${description}\nA thread computes ${share}.`,
    key: `${key} ${plans.map((plan) => mapSpaceKey(plan, indexed)).join(' ')}`,
    operands: plans.flatMap(({ inputs, outputs }) => [...inputs, ...outputs].map(({ operand }) => operand)),
    fields: [...plans.flatMap(mapSpaceFields), ...cells],
    workgroups: plans.reduce((sum, plan) => sum + mapSpaceGroups(plan), 0),
    body: (codes) => {
      const element = elementFunction(structure.inputs, structure.outputs, [...indexed])
      return [
        element.text,
        ...plans.map((plan) => mapSpaceCode(plan, codes, element, indexed)),
        mapMainCode(plans),
      ].join('\n')
    },
    ...(usesHalf ? { extensions: ['f16' as const] } : {}),
  }
}

/** Cuts the spaces of a grouped map into launches that bind no more storages than the device allows. */
const batches = (kernel: MapKernel, { capabilities, inputs, outputs }: PlanContext): number[][] => {
  const { structure, spaces } = kernel
  const storagesOf = (space: number): number[] => [
    ...structure.inputs.map((_, position) => inputs[space * structure.inputs.length + position] ?? -1),
    ...structure.outputs.map((_, position) => outputs[space * structure.outputs.length + position] ?? -1),
  ]
  const result: number[][] = []
  let bound = new Set<number>()
  spaces.forEach(({ shape }, space) => {
    if (sizeOf(shape) === 0) return
    const together = new Set([...bound, ...storagesOf(space)])
    const current = result.at(-1)
    if (current && together.size <= capabilities.storageBuffers) {
      current.push(space)
      bound = together
    } else {
      result.push([space])
      bound = new Set(storagesOf(space))
    }
  })
  return result
}

/** Plans a map: a thread for every four neighbours, all spaces of a group in as few dispatches as bindings allow. */
export const planMap: Planner<MapKernel> = (kernel, context) => ({
  scratch: [],
  launches: batches(kernel, context).map((batch) => {
    const plans = batch.flatMap((number, place) => {
      const space = kernel.spaces[number]
      return space ? [mapSpace(kernel.structure, space, number, batch.length > 1 ? `s${String(place)}_` : '')] : []
    })
    return launchOf(kernel.structure, plans, kernel.spaces[batch[0] ?? 0]?.shape ?? [])
  }),
})
