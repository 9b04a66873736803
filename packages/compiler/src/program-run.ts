import {
  applyOne,
  type Cell,
  CaptureError,
  type Device,
  dropStorage,
  holdStorage,
  isDense,
  itemSize,
  numberOf,
  type Replay,
  sizeOf,
  type Storage,
  Tensor,
  type Variable,
  withoutGradients,
} from '@chainrule/tensor'
import { type Binding, type Compiled, withheld } from './build-program.js'

/** A program that a device has readied, and what a run of it needs. */
export interface ReadyProgram {
  readonly compiled: Compiled
  readonly replay: Replay
  readonly home: Device
}

/** What a run gives: the results in order. */
export interface RunOutcome {
  readonly results: readonly Tensor[]
}

/** The tensor itself when it is the whole of its storage, in order; otherwise a copy that is. */
const asWhole = (tensor: Tensor): Tensor => {
  const storage = tensor.storageFor('compile')
  const bytes = sizeOf(tensor.shape) * itemSize(tensor.dtype)
  const whole = tensor.offset === 0 && isDense(tensor.shape, tensor.strides) && storage.byteLength === bytes
  return whole ? tensor : withoutGradients(() => applyOne('identity', [tensor], { copy: true }))
}

/** Undoes changes of cells. */
type Undo = () => void

/** Reads and sets cells in the order in which the function did. */
export const runHost = (
  compiled: Pick<Compiled, 'host' | 'slotCount'>,
): { readonly cells: readonly number[]; readonly undo: Undo } => {
  const cells = new Array<number>(compiled.slotCount).fill(0)
  const before = new Map<Cell, number>()
  const undo = (): void => {
    for (const [cell, value] of before) cell.set(value)
  }
  try {
    for (const step of compiled.host) {
      if (step.kind === 'read') cells[step.slot] = numberOf(step.cell)
      else {
        if (!before.has(step.cell)) before.set(step.cell, step.cell.value)
        step.cell.set(step.value)
      }
    }
  } catch (error) {
    undo()
    throw error
  }
  return { cells, undo }
}

/** Whether a variable's memory may be written over: nobody else holds it. */
const isSoleHolder = (variable: Variable | undefined): variable is Variable => variable?.storage?.references === 1

interface Bound {
  readonly storages: readonly Storage[]
  /** Blocks made for this run, held once. */
  readonly fresh: ReadonlySet<Storage>
}

const bind = ({ compiled, home }: ReadyProgram, args: readonly Tensor[]): Bound => {
  const fresh = new Set<Storage>()
  const storageOf = (binding: Binding): Storage => {
    switch (binding.kind) {
      case 'argument': {
        const tensor = args[binding.position]
        if (tensor === undefined)
          throw new CaptureError('compile: an argument is missing, expected the structure of the first call.')
        return asWhole(tensor).storageFor('compile')
      }
      case 'variable':
        return binding.variable.storageFor('compile')
      case 'constant':
        return binding.tensor.storageFor('compile')
      case 'place': {
        const state = binding.place.get()
        if (!(state instanceof Tensor))
          throw new CaptureError(`compile: ${binding.place.name} holds no tensor any more.`)
        return asWhole(state).storageFor('compile')
      }
      case 'result': {
        if (isSoleHolder(binding.updates)) return binding.updates.storageFor('compile')
        const storage = home.allocate(binding.byteLength)
        holdStorage(storage)
        fresh.add(storage)
        return storage
      }
    }
  }
  try {
    return { storages: compiled.bindings.map(storageOf), fresh }
  } catch (error) {
    fresh.forEach(dropStorage)
    throw error
  }
}

/** Runs a program: everything is bound before anything runs, and nothing is committed unless everything ran. */
export const runProgram = (ready: ReadyProgram, args: readonly Tensor[]): RunOutcome => {
  const { compiled, replay, home } = ready
  const { cells, undo } = runHost(compiled)
  let bound: Bound
  try {
    bound = bind(ready, args)
  } catch (error) {
    undo()
    throw error
  }
  const { storages, fresh } = bound
  try {
    replay.run(storages, cells)
  } catch (error) {
    undo()
    fresh.forEach(dropStorage)
    throw error
  }
  const tensorOf = (result: Compiled['results'][number]): Tensor => {
    const storage = storages[result.binding]
    if (storage === undefined) throw new RangeError('compile: a result has no storage')
    return new Tensor(result.layout, storage, home)
  }
  const results = compiled.results.map(tensorOf)
  for (const [variable, result] of compiled.assigned) {
    const storage = storages[result.binding]
    if (storage === undefined || storage === variable.storage) continue
    const value = tensorOf(result)
    variable.assign(value)
    value.dispose()
  }
  for (const [place, result] of compiled.places)
    place.set(result === undefined ? stateOf(ready, place) : tensorOf(result))
  fresh.forEach(dropStorage)
  return { results }
}

/** What a place is left with whose value was not kept: nothing if it was emptied, else the reason. */
const stateOf = ({ compiled }: ReadyProgram, place: Parameters<Compiled['places']['get']>[0]): string | undefined =>
  compiled.emptied.has(place) ? undefined : withheld
