import type { Device, HostPlace, Program, Tensor, TensorLayout, Value, Variable } from '@chainrule/tensor'
import type { Captured, HostStep, Source } from './capture/captured.js'
import type { Block, Step } from './kernels/block.js'
import { CellSlots } from './kernels/cell-slots.js'
import { GraphLowering } from './kernels/lower.js'
import { runOnce } from './kernels/run-once.js'
import { commonSubexpressions } from './passes/common-subexpressions.js'
import { copiesAsMaps } from './passes/copies-as-maps.js'
import { deadCode } from './passes/dead-code.js'
import { earlyFactors } from './passes/early-factors.js'
import { foldConstants } from './passes/fold-constants.js'
import { fuse } from './passes/fuse.js'
import { group } from './passes/group.js'
import { mergePads } from './passes/merge-pads.js'
import type { PassGraph } from './passes/pass.js'
import { canOverwrite, type MemoryPlan, planMemory } from './passes/plan-memory.js'
import { simplify } from './passes/simplify.js'
import { writePieces } from './passes/write-pieces.js'
import { zeroBases } from './passes/zero-bases.js'

/** A storage that a program is given at each run. */
export type Binding =
  | Source
  /** A fresh block for results; `updates` is the variable whose old memory it may take, when nobody else holds that. */
  | { readonly kind: 'result'; readonly byteLength: number; readonly updates: Variable | undefined }

/** A result of a program: a view of the block of a binding. */
export interface ProgramResult {
  readonly binding: number
  readonly layout: TensorLayout
}

/** A captured function, compiled for a device. */
export interface Compiled {
  readonly program: Program
  readonly steps: readonly Step[]
  readonly plan: MemoryPlan
  readonly bindings: readonly Binding[]
  readonly results: readonly ProgramResult[]
  readonly assigned: ReadonlyMap<Variable, ProgramResult>
  readonly places: ReadonlyMap<HostPlace, ProgramResult | undefined>
  /** Places that the function left empty. */
  readonly emptied: ReadonlySet<HostPlace>
  readonly host: readonly HostStep[]
  readonly slotCount: number
  /** What was computed once, when the program was made; to be disposed with it. */
  readonly constants: readonly Tensor[]
  /** The graph that was lowered, after the passes on ops. */
  readonly graph: PassGraph
}

/** Options of a build. */
export interface BuildOptions {
  /** Whether values of host places are results. */
  readonly keepPlaces: boolean
}

const optimize = (graph: PassGraph, slots: CellSlots): { graph: PassGraph; final: (value: Value) => Value } => {
  const first = simplify(deadCode(graph), (slot) => slots.fixed(slot))
  const second = commonSubexpressions(first.graph)
  return {
    graph: deadCode(second.graph),
    final: (value) => {
      const once = first.replaced.get(value) ?? value
      return second.replaced.get(once) ?? once
    },
  }
}

/** Whether a step throws for some data: an index outside its axis. */
const mayFail = ({ kernel }: Step): boolean => kernel.kind === 'gather' || kernel.kind === 'scatterAdd'

/** Updates of variables last, and of them first those that may fail, so that most can be written in place. */
const updatesLast = (steps: readonly Step[], updates: ReadonlySet<Block>): readonly Step[] => {
  const read = new Set(steps.flatMap(({ inputs }) => inputs))
  const isUpdate = ({ outputs }: Step): boolean => outputs.every((block) => updates.has(block) && !read.has(block))
  const last = steps.filter(isUpdate)
  return [...steps.filter((step) => !isUpdate(step)), ...last.filter(mayFail), ...last.filter((step) => !mayFail(step))]
}

/**
 * Whether the block that a variable's next value is written to may be its present one: nobody reads that afterwards, and
 * nothing fails afterwards, which would have to leave the variable as it was.
 */
const updatesInPlace = (steps: readonly Step[], old: Block | undefined, next: Block): boolean => {
  const writer = steps.findIndex(({ outputs }) => outputs.includes(next))
  const step = steps[writer]
  if (step === undefined || steps.slice(writer).some(mayFail)) return false
  if (old === undefined) return true
  const later = steps.slice(writer + 1).some(({ inputs }) => inputs.includes(old))
  return !later && (!step.inputs.includes(old) || canOverwrite(step, old, next))
}

/** Compiles a captured graph: passes on ops, kernels, fusion, memory plan, program. */
export const buildProgram = (captured: Captured, home: Device, { keepPlaces }: BuildOptions): Compiled => {
  const places = captured.places.filter(({ value }) => value !== undefined)
  const wantedPlaces = keepPlaces ? places : []
  const wanted = [
    ...captured.results,
    ...captured.assigned.values(),
    ...wantedPlaces.flatMap(({ value }) => value ?? []),
  ]
  const slots = new CellSlots(captured.host, captured.slotCount)
  const { graph, final } = optimize({ nodes: captured.nodes, outputs: wanted, slots: captured.slots }, slots)
  const lowering = new GraphLowering(graph, captured.sources, slots)
  const assignedValues = new Set([...captured.assigned.values()].map(final))
  lowering.run(assignedValues)
  const placeOf = (value: Value) => lowering.place(final(value))
  const lasting = new Set(wanted.map((value) => placeOf(value).block))
  const { maxOperands, synchronous } = home.features
  const plain = copiesAsMaps(mergePads(zeroBases(lowering.steps, slots, lasting), lasting))
  // On a GPU, memory is what a map waits for, and functions are as good as free.
  const shared = synchronous ? earlyFactors(plain, lasting, maxOperands) : plain
  const folded = runOnce(foldConstants(fuse(shared, lasting, maxOperands), lasting, slots), home, slots)
  const updates = new Set([...captured.assigned.values()].map((value) => placeOf(value).block))
  const grouped = writePieces(group(folded.steps, lasting, maxOperands), lasting, updates)
  const steps = updatesLast(grouped, updates)
  return {
    ...assemble(captured, steps, lasting, placeOf, slots, graph, wantedPlaces.length > 0),
    constants: folded.constants,
  }
}

const assemble = (
  captured: Captured,
  steps: readonly Step[],
  lasting: ReadonlySet<Block>,
  placeOf: (value: Value) => { readonly block: Block; readonly layout: TensorLayout },
  slots: CellSlots,
  graph: PassGraph,
  keepPlaces: boolean,
): Omit<Compiled, 'constants'> => {
  const plan = planMemory(steps, (block) => block.source === undefined && !lasting.has(block))
  const sourceBlocks = new Map<Variable, Block>()
  for (const { inputs } of steps) {
    for (const block of inputs) if (block.source?.kind === 'variable') sourceBlocks.set(block.source.variable, block)
  }
  const owners = new Map<Block, Variable[]>()
  for (const [variable, value] of captured.assigned) {
    const { block } = placeOf(value)
    owners.set(block, [...(owners.get(block) ?? []), variable])
  }
  const shared = new Set([...captured.results.map((value) => placeOf(value).block)])
  const bindings: Binding[] = []
  const bindingOf = new Map<Block, number>()
  const bind = (block: Block): number => {
    const known = bindingOf.get(block)
    if (known !== undefined) return known
    bindingOf.set(block, bindings.length)
    if (block.source === undefined) {
      const [owner, ...others] = owners.get(block) ?? []
      const alone = owner !== undefined && others.length === 0 && !shared.has(block)
      const inPlace = alone && updatesInPlace(steps, sourceBlocks.get(owner), block)
      bindings.push({ kind: 'result', byteLength: block.byteLength, updates: inPlace ? owner : undefined })
    } else bindings.push(block.source)
    return bindings.length - 1
  }
  const operands: Program['operands'][number][] = []
  const operandOf = new Map<Block, number>()
  const operand = (block: Block): number => {
    const known = operandOf.get(block)
    if (known !== undefined) return known
    const offset = plan.offsets.get(block)
    operands.push(
      offset === undefined
        ? { kind: 'binding', binding: bind(block) }
        : { kind: 'arena', byteOffset: offset, byteLength: block.byteLength },
    )
    operandOf.set(block, operands.length - 1)
    return operands.length - 1
  }
  const programSteps = steps.map(({ kernel, inputs, outputs, cells }) => ({
    kernel,
    inputs: inputs.map(operand),
    outputs: outputs.map(operand),
    cells,
  }))
  const resultOf = (value: Value): ProgramResult => {
    const { block, layout } = placeOf(value)
    return { binding: bind(block), layout }
  }
  const results = captured.results.map(resultOf)
  const assigned = new Map([...captured.assigned].map(([variable, value]) => [variable, resultOf(value)]))
  const places = new Map(
    captured.places.map(({ place, value }) => [place, value && keepPlaces ? resultOf(value) : undefined]),
  )
  return {
    program: {
      steps: programSteps,
      operands,
      arenaBytes: plan.arenaBytes,
      bindings: bindings.length,
      cells: slots.count,
    },
    steps,
    plan,
    bindings,
    results,
    assigned,
    places,
    emptied: new Set(captured.places.filter(({ value }) => value === undefined).map(({ place }) => place)),
    host: slots.host,
    slotCount: slots.count,
    graph,
  }
}

/** What a place ends with where the program does not keep its value. */
export const withheld =
  'got the gradient of a compiled step, which is not kept, expected compile(fn, {keepGrads: true}). ' +
  'Add the option, read inside, or call zeroGrad() before the next backward.'
