import type { Tensor } from '@chainrule/tensor'
import {
  activeGradients,
  applyOne,
  currentScope,
  type Draw,
  GradientError,
  mapTensors,
  type OpEvent,
  recordDraws,
  type Recorder,
  replayDraws,
  scope,
  type Storage,
  tensorsIn,
  Variable,
  withOwner,
  withoutGradients,
  withRecorder,
} from '@chainrule/tensor'
import { fillTensors } from './fill-tensors.js'
import { snapshot } from './snapshot.js'

const identity = (tensor: Tensor): Tensor => applyOne('identity', [tensor], { copy: false })

/** Sees what a function uses from outside of it, and what it changes there. */
class OutsideWatcher implements Recorder {
  readonly kind = 'observer'
  /** Variables, with the storage that they had, and tensors that a level of differentiation tracks. */
  readonly used = new Map<Tensor, Storage | undefined>()
  /** Variables that were assigned, as they were before. */
  readonly assigned = new Map<Variable, Tensor>()
  readonly #levels = activeGradients()
  readonly #owner = currentScope()

  /** Notes a tensor if it comes from outside: no level watches the run, so nothing made in it is tracked. */
  note(tensor: Tensor): void {
    if (this.used.has(tensor)) return
    const isTracked = this.#levels.some((level) => tensor.traceOf(level) !== undefined)
    if (tensor instanceof Variable || isTracked) this.used.set(tensor, tensor.storage)
  }

  op({ inputs }: OpEvent): void {
    for (const tensor of inputs) this.note(tensor)
  }

  assign(variable: Variable): boolean {
    if (!this.assigned.has(variable)) {
      this.assigned.set(
        variable,
        withOwner(this.#owner, () => snapshot(variable)),
      )
    }
    return false
  }
}

/** What the first run of a function gives. */
interface FirstRun<Result> {
  /** What the function returned. */
  readonly structure: Result
  /** The tensors that the results depend on: those of the arguments, then those from outside. */
  readonly operands: readonly Tensor[]
  /** The tensors of the structure. */
  readonly results: readonly Tensor[]
}

/** A function that is run once without keeping its inner values, and again when they are needed. */
export class Recomputation<Args extends readonly unknown[], Result> {
  readonly #f: (...args: Args) => Result
  readonly #args: Args
  readonly #watcher = new OutsideWatcher()
  #draws: readonly Draw[] = []

  /**
   * @param f - the function
   * @param args - its arguments
   */
  constructor(f: (...args: Args) => Result, args: Args) {
    this.#f = f
    this.#args = args
  }

  /** Runs the function without differentiating it. */
  run(): FirstRun<Result> {
    const given = tensorsIn(this.#args)
    const structure = withoutGradients(() =>
      scope(() => {
        // Stand-ins tell the arguments from the same tensors used as ones from outside.
        const args = mapTensors(this.#args, identity)
        const { result, draws } = withRecorder(this.#watcher, () => recordDraws(() => this.#f(...args)))
        this.#draws = draws
        for (const tensor of tensorsIn(result)) this.#watcher.note(tensor)
        return mapTensors(result, this.#inside)
      }),
    )
    return { structure, operands: [...given, ...this.#watcher.used.keys()], results: tensorsIn(structure) }
  }

  /**
   * Runs the function again, watched by whoever watches now, with the same random numbers.
   *
   * @param inputs - what stands for the operands of the first run
   * @returns the tensors of its result
   * @throws GradientError when a variable changed since
   */
  runAgain(inputs: readonly Tensor[]): readonly Tensor[] {
    this.#refuseChanges()
    const { used, assigned } = this.#watcher
    const args = fillTensors(this.#args, inputs)
    const outside = [...used.keys()]
    const stands = inputs.slice(inputs.length - outside.length)
    const undo = outside.map((tensor, place) => borrowTraces(tensor, stands[place]))
    const after = [...assigned.keys()].map((variable) => snapshot(variable))
    for (const [variable, before] of assigned) variable.assign(before)
    try {
      return replayDraws(this.#draws, () => tensorsIn(this.#f(...args)).map(this.#inside))
    } finally {
      ;[...assigned.keys()].forEach((variable, place) => {
        const value = after[place]
        if (value !== undefined) variable.assign(value)
      })
      for (const restore of undo) restore()
    }
  }

  /** A result that is the function's own: what it returns as it came from outside gets another handle. */
  readonly #inside = (tensor: Tensor): Tensor => (this.#watcher.used.has(tensor) ? identity(tensor) : tensor)

  #refuseChanges(): void {
    for (const [tensor, storage] of this.#watcher.used) {
      if (!(tensor instanceof Variable) || this.#watcher.assigned.has(tensor) || tensor.storage === storage) continue
      throw new GradientError(
        'checkpoint: got a parameter that was assigned between the forward and the backward pass, expected it unchanged. ' +
          'Call backward before the optimizer steps.',
      )
    }
  }
}

/** Lets a tensor be seen by recorders as the one that stands in for it; returns what undoes it. */
const borrowTraces = (tensor: Tensor, stand: Tensor | undefined): (() => void) => {
  const recorders: Recorder[] = []
  stand?.eachTrace((trace) => {
    if (tensor.traceOf(trace.recorder) !== undefined) return
    tensor.setTrace(trace)
    recorders.push(trace.recorder)
  })
  return () => {
    for (const recorder of recorders) tensor.dropTrace(recorder)
  }
}
