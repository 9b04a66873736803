import type { RowKernel, RowStructure } from '@chainrule/tensor'
import { type ArgumentField, type Launch, type LaunchOperand, scratchMemory } from '../launch.js'
import type { Planner, PlanContext } from '../plan-context.js'
import { rowCode } from './row-code.js'
import { rowLayout, type RowLayout, type RowWalk } from './row-layout.js'
import { partialSlots, rowFacts, type RowPhase } from './row-structure.js'

const size = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1)

const rowGroups = ({ rows, cut }: RowLayout): number => Math.ceil(rows / cut.rowsPerGroup)

const layoutKey = (layout: RowLayout, indexed: ReadonlySet<number>): string => {
  const { cut, kept, reduced, inputs, outputs } = layout
  const axes = (list: RowLayout['kept']): string =>
    list.map(({ original }) => (original !== undefined && indexed.has(original) ? original : '-')).join('')
  const accesses = [...outputs, ...inputs].map(({ access }) => access.charAt(0)).join('')
  const cutText = `${cut.alongRow ? 'a' : 'x'}${String(cut.width)}.${String(cut.lanes)}${cut.chunks > 1 ? '+' : ''}`
  return `${axes(kept)}/${axes(reduced)}/${cutText}/${accesses}`
}

const walkFields = (walk: RowWalk): ArgumentField[] => {
  const { name } = walk.operand
  const unit = walk.access === 'whole' ? 4 : 1
  const inner = walk.reduced.length - 1
  const reduced = walk.access === 'row' ? [] : walk.reduced
  return [
    { name: `${name}_offset`, type: 'u32', value: walk.offset / unit },
    ...walk.kept.map((stride, axis): ArgumentField => ({
      name: `${name}_kept${String(axis)}`,
      type: 'u32',
      value: stride / unit,
    })),
    ...reduced
      .map((stride, axis): ArgumentField => ({
        name: `${name}_reduced${String(axis)}`,
        type: 'u32',
        value: axis < inner ? stride / unit : stride,
      }))
      .slice(0, walk.access === 'each' ? undefined : -1),
  ]
}

const layoutFields = (layout: RowLayout, partials: number): ArgumentField[] => {
  const { name, kept, reduced, rows, count, cut } = layout
  const field = (label: string, value: number): ArgumentField => ({ name: `${name}${label}`, type: 'u32', value })
  const innermost = reduced.length - 1
  return [
    field('rows', rows),
    field('count', count),
    field('groups', rowGroups(layout) * cut.chunks),
    field('chunk', Math.ceil(count / cut.width / cut.chunks)),
    field('chunks', cut.chunks),
    field('partials', partials),
    ...kept.map((axis, at) => field(`kept_size${String(at)}`, axis.size)),
    ...reduced.map((axis, at) =>
      cut.width === 4
        ? field(`steps_size${String(at)}`, at === innermost ? axis.size / 4 : axis.size)
        : field(`reduced_size${String(at)}`, axis.size),
    ),
  ]
}

const describeCut = ({ cut }: RowLayout): string => {
  const share = `${String(cut.lanes)} thread${cut.lanes === 1 ? '' : 's'} of a workgroup share a row`
  const along = cut.alongRow ? 'neighbours along it' : 'neighbouring rows side by side'
  return `${share}, ${along}${cut.chunks > 1 ? '; long rows are cut into chunks' : ''}.`
}

const launchOf = (
  structure: RowStructure,
  layouts: readonly RowLayout[],
  phase: RowPhase,
  shape: string,
  { capabilities }: PlanContext,
): Launch => {
  const facts = rowFacts(structure)
  const isSplit = layouts.some(({ cut }) => cut.chunks > 1)
  const partials: LaunchOperand = {
    name: 'partials',
    memory: scratchMemory(0),
    dtype: 'int32',
    lanes: 1,
    writes: phase.ending === 'partials',
  }
  const operandsOf = ({ inputs, outputs }: RowLayout): LaunchOperand[] => [
    ...inputs.map(({ operand }) => operand),
    ...(phase.ending === 'outputs' ? outputs.map(({ operand }) => operand) : []),
  ]
  const subgroup = capabilities.subgroupSize
  const usesSubgroups = subgroup > 1 && layouts.some(({ cut }) => cut.alongRow && cut.lanes > 1)
  const extensions = [...(facts.usesHalf ? (['f16'] as const) : []), ...(usesSubgroups ? (['subgroups'] as const) : [])]
  const phaseKey = isSplit ? `${String(phase.finished)}${phase.passes.join('')}${phase.ending.charAt(0)}` : ''
  let firstPartial = 0
  const slots = partialSlots(structure).slots
  const fields = layouts.flatMap((layout) => {
    const own = layoutFields(layout, firstPartial)
    firstPartial += layout.cut.chunks > 1 ? slots * layout.rows * layout.cut.chunks : 0
    const walks = phase.ending === 'outputs' ? [...layout.outputs, ...layout.inputs] : layout.inputs
    return [...own, ...walks.flatMap(walkFields)]
  })
  return {
    label: `row ${facts.description} [${shape}]`,
    comment: `row: ${facts.description}\n${[...new Set(layouts.map(describeCut))].join('\n')}`,
    key: `${facts.key} ${phaseKey} ${layouts.map((layout) => layoutKey(layout, facts.indexed)).join(' ')}`,
    operands: [...layouts.flatMap(operandsOf), ...(isSplit ? [partials] : [])],
    fields: [...fields, ...facts.cells],
    workgroups: layouts.reduce((sum, layout) => sum + rowGroups(layout) * layout.cut.chunks, 0),
    body: (codes) => rowCode(structure, layouts, phase, codes, subgroup),
    ...(extensions.length > 0 ? { extensions } : {}),
  }
}

/** Launches of some spaces that are cut the same way: one, or one a pass where rows are cut into chunks. */
const launchesOf = (
  structure: RowStructure,
  layouts: readonly RowLayout[],
  shape: string,
  context: PlanContext,
): Launch[] => {
  const levels = rowFacts(structure).levels.map((_, level) => level)
  const isSplit = layouts.some(({ cut }) => cut.chunks > 1)
  if (!isSplit) {
    return [launchOf(structure, layouts, { finished: 0, passes: levels, ending: 'outputs' }, shape, context)]
  }
  const phases = levels.map((level): RowPhase => ({ finished: level, passes: [level], ending: 'partials' }))
  phases.push({ finished: levels.length, passes: [], ending: 'outputs' })
  return phases.map((phase) => launchOf(structure, layouts, phase, shape, context))
}

/** Plans reductions: rows side by side in a workgroup where they are short, several workgroups a row where they are long. */
export const planRow: Planner<RowKernel> = (kernel, context) => {
  const { structure, spaces } = kernel
  const { indexed } = rowFacts(structure)
  const operandCount = structure.inputs.length + structure.outputs.length
  const perLaunch = Math.max(1, Math.floor((context.capabilities.storageBuffers - 1) / Math.max(1, operandCount)))
  const launches: Launch[] = []
  let scratch = 0
  let batch: RowLayout[] = []
  let shape = ''
  const close = (): void => {
    if (batch.length > 0) launches.push(...launchesOf(structure, batch, shape, context))
    batch = []
  }
  const numbered = spaces
    .map((space, number) => ({ space, number }))
    .filter(({ space }) => size(space.shape.slice(0, space.kept)) > 0)
  for (const { space, number } of numbered) {
    const name = numbered.length > 1 ? `s${String(batch.length % perLaunch)}_` : ''
    const layout = rowLayout(structure, space, number, name, indexed)
    const isSplit = layout.cut.chunks > 1
    const joins = batch.length > 0 && batch.length < perLaunch && batch[0]?.cut.chunks === 1 && !isSplit
    if (!joins) close()
    const first = batch.length === 0
    if (first) shape = space.shape.join(', ')
    batch.push(first && name !== '' ? rowLayout(structure, space, number, 's0_', indexed) : layout)
    if (isSplit) scratch = Math.max(scratch, partialSlots(structure).slots * layout.rows * layout.cut.chunks * 4)
  }
  close()
  return { launches, scratch: scratch > 0 ? [scratch] : [] }
}
