import {
  adopt,
  CaptureError,
  Cell,
  denseLayout,
  GraphNode,
  type HostPlace,
  type OpAttributes,
  type OpEvent,
  type OpName,
  type Recorder,
  Tensor,
  Value,
  Variable,
  withoutCapture,
  withoutGradients,
} from '@chainrule/tensor'
import { cellKey } from '../kernels/cell-slots.js'
import { evaluateAtOnce } from './evaluate-at-once.js'
import type { FinalPlace, Guard, HostStep, Source } from './captured.js'

/** Cells among the attributes of an op, in the order of their slots. */
const cellsOf = (attributes: OpAttributes[OpName]): readonly (number | Cell)[] =>
  'cells' in attributes ? attributes.cells : []

/** What a place held before the function, and whether the function read it before writing. */
interface PlaceRecord {
  readonly before: Tensor | string | undefined
  readonly placeholder: Tensor | undefined
  written: boolean
}

const kindOf = (state: Tensor | string | undefined): string =>
  state instanceof Tensor ? 'tensor' : typeof state === 'string' ? 'withheld' : 'nothing'

/** Watches a function without computing anything: ops become nodes, writes go to an overlay. */
export class CaptureRecorder implements Recorder {
  /** At most one capture is active. */
  readonly kind = 'capture'
  readonly nodes: GraphNode[] = []
  readonly sources = new Map<Value, Source>()
  readonly host: HostStep[] = []
  readonly slots = new Map<GraphNode, readonly number[]>()
  readonly guards: Guard[] = []
  slotCount = 0
  readonly #values = new WeakMap<Tensor, Value>()
  readonly #assigned = new Map<Variable, Value>()
  readonly #places = new Map<HostPlace, PlaceRecord>()
  /** Cells that stand for others at some point, by slot, and their slots. */
  readonly #frozenAt = new Map<number, Cell>()
  readonly #frozen = new Map<Cell, number>()
  readonly #readCells = new Set<Cell>()
  readonly #setCells = new Set<Cell>()
  /** Slots of cells that were read since a cell was last set. */
  #known = new Map<Cell | number | '-0', number>()

  /** An abstract tensor that stands for an argument. */
  argument(tensor: Tensor, position: number): Tensor {
    const stand = new Tensor(denseLayout(tensor), undefined, tensor.home)
    this.#source(stand, { kind: 'argument', position }, `argument ${position}`)
    return stand
  }

  /** The value of a tensor: its node's, the overlay's for an assigned variable, or an input of the graph. */
  valueOf(tensor: Tensor): Value {
    if (tensor instanceof Variable) {
      const assigned = this.#assigned.get(tensor)
      if (assigned !== undefined) return assigned
    }
    const known = this.#values.get(tensor)
    if (known !== undefined) return known
    if (tensor instanceof Variable) return this.#variable(tensor)
    if (tensor.isAbstract) {
      throw new CaptureError(
        'compile: got a tensor that leaked out of another captured function, expected one of this function. ' +
          'Return it from that function instead of storing it outside.',
      )
    }
    const handle = withoutCapture(() => tensor.detach())
    adopt(handle)
    return this.#source(tensor, { kind: 'constant', tensor: handle }, 'constant')
  }

  /** A variable as an input of the graph, as long as no other takes its place. */
  #variable(variable: Variable): Value {
    const read = (): number => variable.replacements
    this.guards.push({ key: 'module.to(dtype)', value: read(), read })
    return this.#source(variable, { kind: 'variable', variable }, 'variable')
  }

  #source(tensor: Tensor, source: Source, name: string): Value {
    const value = new Value(tensor.shape, tensor.dtype, name)
    this.#values.set(tensor, value)
    this.sources.set(value, source)
    return value
  }

  /** Turns an op into a node. */
  op({ op, inputs, outputs, attributes }: OpEvent): void {
    const node = new GraphNode<OpName>(
      op,
      inputs.map((tensor) => this.valueOf(tensor)),
      outputs,
      attributes,
    )
    this.nodes.push(node)
    this.slots.set(
      node,
      cellsOf(attributes).map((cell) => this.#slotOf(cell)),
    )
    outputs.forEach((tensor, place) => {
      const value = node.outputs[place]
      if (value !== undefined) this.#values.set(tensor, value)
    })
  }

  #slotOf(cell: Cell | number): number {
    const frozen = typeof cell === 'number' ? undefined : this.#frozen.get(cell)
    if (frozen !== undefined) return frozen
    const key = cellKey(cell)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const slot = this.slotCount++
    this.#known.set(key, slot)
    this.host.push({ kind: 'read', cell, slot })
    return slot
  }

  /** A cell for later ops that are to read what ops read now: gradients, after the function has set the cell. */
  freezeCell(cell: Cell): Cell {
    const slot = this.#slotOf(cell)
    const known = this.#frozenAt.get(slot) ?? new Cell(() => cell.value)
    this.#frozenAt.set(slot, known)
    this.#frozen.set(known, slot)
    return known
  }

  /** Makes sure that a variable is an input of the graph. */
  read(variable: Variable): void {
    this.valueOf(variable)
  }

  /** Keeps an assignment in the overlay. */
  assign(variable: Variable, value: Tensor): boolean {
    this.valueOf(variable)
    this.#assigned.set(variable, this.valueOf(value))
    return true
  }

  /** Notes a cell's number that the function used as a number: another one may make another graph. */
  readCell(cell: Cell): void {
    if (this.#setCells.has(cell)) {
      throw new CaptureError(
        'compile: got a read of a cell after the captured function had set it, expected no more than the cell itself. ' +
          'Read it before, or give the cell to the op (x.mul(cell)).',
      )
    }
    if (this.#readCells.has(cell)) return
    this.#readCells.add(cell)
    const value = withoutCapture(() => cell.value)
    this.guards.push({ key: 'cell', value, read: () => cell.value })
  }

  /** Keeps a change of a cell for the replays. */
  setCell(cell: Cell, value: number | (() => number)): boolean {
    this.#setCells.add(cell)
    this.host.push({ kind: 'set', cell, value })
    this.#known = new Map([...this.#known].filter(([known]) => typeof known !== 'object'))
    return true
  }

  /** Notes a host value that the graph depends on. */
  guard(key: string, value: unknown, read: () => unknown): void {
    if (!this.guards.some((known) => known.key === key && known.read === read)) this.guards.push({ key, value, read })
  }

  /** Notes a host place; one that is read while it holds a tensor becomes an input of the graph. */
  place(place: HostPlace, access: 'read' | 'write'): void {
    const known = this.#places.get(place)
    if (known !== undefined) {
      known.written ||= access === 'write'
      return
    }
    const before = place.get()
    let placeholder: Tensor | undefined
    if (access === 'read') {
      const kind = kindOf(before)
      this.guards.push({ key: `${place.name} holds`, value: kind, read: () => kindOf(place.get()) })
      if (before instanceof Tensor) {
        placeholder = new Tensor(denseLayout(before), undefined, before.home)
        this.#source(placeholder, { kind: 'place', place }, place.name)
        place.set(placeholder)
      }
    }
    this.#places.set(place, { before, placeholder, written: access === 'write' })
  }

  /** Computes the first value of a variable that is made inside the function. */
  initialize(value: Tensor): Tensor {
    if (!value.isAbstract) return value
    return withoutCapture(() => withoutGradients(() => evaluateAtOnce(this.valueOf(value), this.sources)))
  }

  /** Puts every place back as it was. */
  rollBack(): void {
    for (const [place, { before }] of this.#places) place.set(before)
  }

  /** What the places hold at the end of the function. */
  finalPlaces(): readonly FinalPlace[] {
    return [...this.#places].flatMap(([place, { placeholder, written }]): FinalPlace[] => {
      const state = place.get()
      if (!written || state === placeholder) return []
      return [{ place, value: state instanceof Tensor ? this.valueOf(state) : undefined }]
    })
  }

  /** Last value of each assigned variable. */
  get assigned(): ReadonlyMap<Variable, Value> {
    return this.#assigned
  }
}
