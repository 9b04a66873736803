import type { Block, Step } from '../kernels/block.js'
import { identityOf, type MapKernel, type RowKernel } from '@chainrule/tensor'

/** Text that is equal for kernels which one launch can carry out over several index spaces. */
const keyOf = ({ kernel, cells }: Step): string | undefined => {
  if (kernel.kind === 'map') {
    const { inputs, outputs } = kernel.structure
    return `map ${inputs.join()} ${outputs.map(identityOf).join()} ${cells.join()}`
  }
  if (kernel.kind !== 'row') return undefined
  const { inputs, stages, outputs } = kernel.structure
  const stageText = stages.map(({ reduction, expression }) => `${reduction}${identityOf(expression)}`)
  const outputText = outputs.map(({ per, expression }) => `${per}${identityOf(expression)}`)
  return `row ${inputs.join()} ${stageText.join()} ${outputText.join()} ${cells.join()}`
}

const isMerged = (kernel: Step['kernel']): kernel is MapKernel | RowKernel =>
  kernel.kind === 'map' || kernel.kind === 'row'

const merge = (members: readonly Step[]): Step => {
  const [first] = members
  if (first === undefined || !isMerged(first.kernel)) throw new RangeError('compile: an empty group')
  const spaces = members.flatMap(({ kernel }) => (isMerged(kernel) ? kernel.spaces : []))
  return {
    kernel: { ...first.kernel, spaces } as MapKernel | RowKernel,
    inputs: members.flatMap(({ inputs }) => inputs),
    outputs: members.flatMap(({ outputs }) => outputs),
    cells: first.cells,
    ops: [...new Set(members.flatMap(({ ops }) => ops))],
  }
}

/** Results so small that keeping their operands alive longer is the only price of waiting for the others. */
const smallResult = 1024

/** Operands that live to the end anyway, or results that nobody in the program reads: waiting costs no memory. */
const mayWait = (step: Step, lasting: ReadonlySet<Block>, read: ReadonlySet<Block>): boolean =>
  step.outputs.every((block) => !read.has(block)) ||
  (step.outputs.every(({ byteLength }) => byteLength <= smallResult) &&
    step.inputs.every((block) => block.source !== undefined || lasting.has(block) || block.byteLength <= smallResult))

/**
 * Launches kernels of one structure together, over several index spaces: optimizer updates, the norms of all gradients.
 * Steps keep their order, except that those which can be grouped wait while anything else can go on.
 */
export const group = (steps: readonly Step[], wanted: ReadonlySet<Block>, maxOperands: number): readonly Step[] => {
  const read = new Set(steps.flatMap(({ inputs }) => inputs))
  // What a step takes whose results nobody reads (an update) lives until then.
  const lasting = new Set(
    steps.filter(({ outputs }) => outputs.every((block) => !read.has(block))).flatMap(({ inputs }) => inputs),
  )
  for (const block of wanted) lasting.add(block)
  const keys = new Map<Step, string>()
  for (const step of steps) {
    const key = mayWait(step, lasting, read) ? keyOf(step) : undefined
    if (key !== undefined) keys.set(step, key)
  }
  const pending = new Set(steps)
  const writers = new Map<Block, Step>(steps.flatMap((step) => step.outputs.map((block) => [block, step] as const)))
  const isReady = ({ inputs }: Step): boolean =>
    inputs.every((block) => {
      const writer = writers.get(block)
      return writer === undefined || !pending.has(writer)
    })
  const alike = (key: string): Step[] => [...pending].filter((step) => keys.get(step) === key)
  const isAlone = (step: Step): boolean => {
    const key = keys.get(step)
    return key === undefined || alike(key).length === 1
  }
  const result: Step[] = []
  const emit = (members: readonly Step[]): void => {
    const each = (members[0]?.inputs.length ?? 0) + (members[0]?.outputs.length ?? 0)
    const perLaunch = Math.max(1, Math.floor(maxOperands / Math.max(1, each)))
    for (const member of members) pending.delete(member)
    for (let start = 0; start < members.length; start += perLaunch) {
      const launch = members.slice(start, start + perLaunch)
      const [only] = launch
      if (only !== undefined) result.push(launch.length === 1 ? only : merge(launch))
    }
  }
  while (pending.size > 0) {
    const next = [...pending].find((step) => isReady(step) && isAlone(step))
    if (next !== undefined) {
      emit([next])
      continue
    }
    const ready = [...new Set([...pending].filter(isReady).flatMap((step) => keys.get(step) ?? []))].map((key) => {
      const members = alike(key)
      return { members: members.filter(isReady), missing: members.some((step) => !isReady(step)) }
    })
    // The kind that is complete, else the largest part of one.
    ready.sort((a, b) => Number(a.missing) - Number(b.missing) || b.members.length - a.members.length)
    const [best] = ready
    if (best === undefined) throw new RangeError('compile: the kernels depend on each other in a circle')
    emit(best.members)
  }
  return result
}
