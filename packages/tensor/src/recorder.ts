import type { Cell } from './cell.js'
import { ScopeError } from './errors.js'
import type { OpAttributes, OpName } from './op-table.js'
import type { Tensor } from './tensor.js'
import type { Variable } from './variable.js'

/** One op that was carried out: what recorders see. */
export type OpEvent = { [Name in OpName]: OpEventOf<Name> }[OpName]

/** The event of one kind of op. */
export interface OpEventOf<Name extends OpName> {
  readonly op: Name
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  readonly attributes: OpAttributes[Name]
}

/** A place of the host that holds a tensor from step to step, such as a parameter's gradient. */
export interface HostPlace {
  /** For messages. */
  readonly name: string
  /** What it holds: a tensor, nothing, or the reason why the tensor was not kept. */
  get(): Tensor | string | undefined
  /** Puts a tensor, nothing, or a reason into it. */
  set(value: Tensor | string | undefined): void
}

/**
 * Port through which autograd and the compiler watch ops.
 *
 * - `gradient`: a level of differentiation. Levels form a stack, masked by `withoutGradients`; the rules of a level run
 *   in `belowRecorder`, where only the levels under it watch.
 * - `capture`: at most one is active; masking never hides it. While an abstract one is active, nothing is computed and
 *   tensors have no storage.
 * - `observer`: sees everything, changes nothing.
 */
export interface Recorder {
  readonly kind: 'gradient' | 'capture' | 'observer'
  /** An op was carried out. */
  op(event: OpEvent): void
  /** Told to levels after `op`, when every level has put its traces on the outputs. */
  complete?(event: OpEvent): void
  /** A variable is about to be used as an input. */
  read?(variable: Variable): void
  /** A variable is about to be given a value; an abstract capture keeps it in its overlay and returns true. */
  assign?(variable: Variable, value: Tensor): boolean
  /** Behaviour depends on this host value; `read` gives it anew. */
  guard?(key: string, value: unknown, read: () => unknown): void
  /** A host place is about to be read or written. */
  place?(place: HostPlace, access: 'read' | 'write'): void
  /** A variable is made of a value that does not exist yet; gives the value computed at once. */
  initialize?(value: Tensor): Tensor
  /** A cell that stands for the number which this one has at this point of each replay. */
  freezeCell?(cell: Cell): Cell
  /** The host is about to read a cell. */
  readCell?(cell: Cell): void
  /** A cell is about to be set; an abstract capture keeps the change for its replays and returns true. */
  setCell?(cell: Cell, value: number | (() => number)): boolean
}

let gradientLevels: readonly Recorder[] = []
let observers: readonly Recorder[] = []
let capture: Recorder | undefined

/** The active capture, if any. */
export const activeCapture = (): Recorder | undefined => capture

/** The active levels of differentiation, outermost first. */
export const activeGradients = (): readonly Recorder[] => gradientLevels

/** Whether anything watches. */
export const isRecording = (): boolean => gradientLevels.length > 0 || capture !== undefined || observers.length > 0

/** Puts a level under all others for the life of the process: the tape behind `backward`. */
export const installRecorder = (recorder: Recorder): void => {
  gradientLevels = [recorder, ...gradientLevels]
}

/** Refuses functions that return promises: their later part would run outside. */
export const refuseAsync = (operation: string, result: unknown): void => {
  if (typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function') {
    throw new ScopeError(
      `${operation}: got an async function, expected a synchronous one (its later part would run outside). ` +
        `Await first, then call ${operation}(() => …) with the results.`,
    )
  }
}

/** The list without the last occurrence of an item. */
const withoutLast = (list: readonly Recorder[], item: Recorder): readonly Recorder[] => {
  const place = list.lastIndexOf(item)
  return list.filter((_, other) => other !== place)
}

/** Runs a function with one more recorder watching. */
export const withRecorder = <T>(recorder: Recorder, run: () => T): T => {
  if (recorder.kind === 'gradient') return withGradientLevels([...gradientLevels, recorder], run)
  if (recorder.kind === 'capture') return withCapture(recorder, run)
  observers = [...observers, recorder]
  try {
    return run()
  } finally {
    // Others may have started or stopped meanwhile, so only this one goes.
    observers = withoutLast(observers, recorder)
  }
}

const withCapture = <T>(recorder: Recorder | undefined, run: () => T): T => {
  const before = capture
  capture = recorder
  try {
    return run()
  } finally {
    capture = before
  }
}

/** Starts an observer that watches until the returned function is called; for observers of asynchronous code. */
export const startObserver = (recorder: Recorder): (() => void) => {
  observers = [...observers, recorder]
  return () => {
    observers = withoutLast(observers, recorder)
  }
}

/** Runs a function with the given levels of differentiation watching, and no others. */
export const withGradientLevels = <T>(levels: readonly Recorder[], run: () => T): T => {
  const before = gradientLevels
  gradientLevels = levels
  try {
    return run()
  } finally {
    gradientLevels = before
  }
}

/** Runs a function with no level of differentiation watching; captures and observers go on. */
export const withoutGradients = <T>(run: () => T): T => withGradientLevels([], run)

/** Runs a function with only the levels under `recorder` watching: where its rules run. */
export const belowRecorder = <T>(recorder: Recorder, run: () => T): T => {
  const place = gradientLevels.indexOf(recorder)
  return place < 0 ? run() : withGradientLevels(gradientLevels.slice(0, place), run)
}

/** Tells all recorders of an op. */
export const recordOp = (event: OpEvent): void => {
  capture?.op(event)
  recordForGradients(event)
  for (const observer of observers) observer.op(event)
}

/**
 * Tells only the levels of differentiation of an op; captures and observers saw the ops it is made of. Outermost first: the
 * rules of an inner level compute with the outputs, and outer levels must see where those came from. What a level keeps of
 * the outputs is taken last, with the traces of all levels.
 */
export const recordForGradients = (event: OpEvent): void => {
  for (const level of gradientLevels) level.op(event)
  for (const level of gradientLevels) level.complete?.(event)
}

/** Tells all recorders that a variable is read. */
export const recordRead = (variable: Variable): void => {
  capture?.read?.(variable)
  for (const observer of observers) observer.read?.(variable)
}

/** Tells all recorders of an assignment; true when a capture took it over. */
export const recordAssign = (variable: Variable, value: Tensor): boolean => {
  for (const observer of observers) observer.assign?.(variable, value)
  return capture?.assign?.(variable, value) ?? false
}

/**
 * Tells all recorders that behaviour depends on a host value: programs captured here are used again only while the value is
 * the same.
 *
 * @param key - what it is, for messages
 * @param read - gives the value
 * @returns the value now
 */
export const guard = <T>(key: string, read: () => T): T => {
  const value = capture === undefined ? read() : withoutCapture(read)
  capture?.guard?.(key, value, read)
  for (const observer of observers) observer.guard?.(key, value, read)
  return value
}

/** Tells a capture that a host place which outlives it (a gradient) is read or written. */
export const touchPlace = (place: HostPlace, access: 'read' | 'write'): void => {
  capture?.place?.(place, access)
}

/** Makes a tensor of a capture real, so that a variable can start with it. */
export const initialValue = (value: Tensor): Tensor => capture?.initialize?.(value) ?? value

/** Runs a function outside any capture. */
export const withoutCapture = <T>(run: () => T): T => withCapture(undefined, run)

/** Tells a capture that the host reads a cell. */
export const readCellRecorders = (cell: Cell): void => {
  capture?.readCell?.(cell)
}

/** Tells a capture that a cell is set; true when it took the change over. */
export const setCellRecorders = (cell: Cell, value: number | (() => number)): boolean =>
  capture?.setCell?.(cell, value) ?? false
