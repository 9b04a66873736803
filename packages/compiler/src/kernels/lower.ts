import {
  type Cell,
  denseLayout,
  denseStrides,
  type GraphNode,
  isDense,
  itemSize,
  type LaunchOperand,
  Lowering,
  type OpDefinition,
  type OpName,
  opTable,
  sizeOf,
  type TensorLayout,
  type Value,
} from '@chainrule/tensor'
import type { Source } from '../capture/captured.js'
import type { PassGraph } from '../passes/pass.js'
import type { Block, Step } from './block.js'
import type { CellSlots } from './cell-slots.js'

/** A value as kernels see it: a view of a block. */
export interface Place {
  readonly block: Block
  readonly layout: TensorLayout
}

/** A graph as kernels over blocks. */
export interface Lowered {
  readonly steps: readonly Step[]
  /** Where each value lies. */
  readonly places: ReadonlyMap<Value, Place>
}

/** Layout of an input: arguments and places are dense when a replay starts, constants as they are. */
const layoutOf = (value: Value, source: Source): TensorLayout => {
  if (source.kind !== 'constant') return denseLayout(value)
  const { shape, dtype, strides, offset } = source.tensor
  return { shape, dtype, strides, offset }
}

const bytesOf = (value: Value, source: Source): number =>
  source.kind === 'constant' ? (source.tensor.storage?.byteLength ?? 0) : sizeOf(value.shape) * itemSize(value.dtype)

/** Lowers ops one by one through the rules that eager execution uses; ops that only change the view need no kernel. */
export class GraphLowering {
  readonly steps: Step[] = []
  readonly places = new Map<Value, Place>()
  #next = 0
  readonly #graph: PassGraph
  readonly #sources: ReadonlyMap<Value, Source>
  readonly #slots: CellSlots

  constructor(graph: PassGraph, sources: ReadonlyMap<Value, Source>, slots: CellSlots) {
    this.#graph = graph
    this.#sources = sources
    this.#slots = slots
  }

  /** Lowers everything, and copies results that are only views into blocks of their own. */
  run(whole: ReadonlySet<Value>): Lowered {
    for (const node of this.#graph.nodes) this.#node(node)
    for (const value of this.#graph.outputs) {
      const { block, layout } = this.place(value)
      const isWhole =
        isDense(layout.shape, layout.strides) &&
        layout.offset === 0 &&
        block.byteLength === sizeOf(layout.shape) * itemSize(layout.dtype)
      if (block.source !== undefined || (whole.has(value) && !isWhole)) this.#copyOut(value, block, layout)
    }
    return { steps: this.steps, places: this.places }
  }

  /** Where a value lies. */
  place(value: Value): Place {
    const known = this.places.get(value)
    if (known !== undefined) return known
    const source = this.#sources.get(value)
    if (source === undefined) throw new RangeError(`compile: value ${value.id} is neither computed nor an input`)
    const place = { block: this.#block(bytesOf(value, source), source), layout: layoutOf(value, source) }
    this.places.set(value, place)
    return place
  }

  #block(byteLength: number, source?: Source): Block {
    return { id: this.#next++, byteLength, source }
  }

  #copyOut(value: Value, from: Block, layout: TensorLayout): void {
    const target = denseLayout(layout)
    const block = this.#block(sizeOf(layout.shape) * itemSize(layout.dtype))
    this.steps.push({
      kernel: {
        kind: 'copy',
        structure: { dtype: layout.dtype, accumulate: false },
        pieces: [
          { input: 0, shape: layout.shape, source: layout, target: { strides: denseStrides(layout.shape), offset: 0 } },
        ],
      },
      inputs: [from],
      outputs: [block],
      cells: [],
      ops: ['copy'],
    })
    this.places.set(value, { block, layout: target })
  }

  #node(node: GraphNode): void {
    const definition: OpDefinition<OpName> = opTable[node.op]
    const inputs = node.inputs.map((value) => this.place(value))
    const [first] = inputs
    const [only] = node.outputs
    if (definition.view !== undefined && first !== undefined && only !== undefined) {
      const view = definition.view(first.layout, node.attributes)
      if (view !== undefined) {
        this.places.set(only, { block: first.block, layout: { ...view, shape: only.shape, dtype: only.dtype } })
        return
      }
    }
    const outputs = node.outputs.map((value): Place => {
      const layout = denseLayout(value)
      return { block: this.#block(sizeOf(value.shape) * itemSize(value.dtype)), layout }
    })
    const build = new Lowering(
      inputs.map(({ layout }) => layout),
      outputs.map(({ layout }) => layout),
    )
    definition.lower(build, node.attributes)
    const temporaries = build.temporaries.map(({ shape, dtype }) => this.#block(sizeOf(shape) * itemSize(dtype)))
    const find = ({ from, index }: LaunchOperand): Block => {
      const block =
        from === 'temporary' ? temporaries[index] : from === 'input' ? inputs[index]?.block : outputs[index]?.block
      if (block === undefined)
        throw new RangeError(`compile: ${node.label} names ${from} ${index}, which does not exist`)
      return block
    }
    const slots = this.#graph.slots.get(node) ?? []
    const own = 'cells' in node.attributes ? node.attributes.cells : []
    const slotOf = (cell: number | Cell): number => slots[own.indexOf(cell)] ?? this.#slots.slotOf(cell)
    for (const launch of build.launches) {
      this.steps.push({
        kernel: launch.kernel,
        inputs: launch.inputs.map(find),
        outputs: launch.outputs.map(find),
        cells: launch.cells.map(slotOf),
        ops: [node.label],
      })
    }
    node.outputs.forEach((value, place) => {
      const output = outputs[place]
      if (output !== undefined) this.places.set(value, output)
    })
  }
}
