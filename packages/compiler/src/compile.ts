import {
  activeCapture,
  activeGradients,
  CaptureError,
  currentDevice,
  type Device,
  mapTensors,
  showShape,
  type Tensor,
  withoutGradients,
} from '@chainrule/tensor'
import { buildProgram } from './build-program.js'
import { capture } from './capture/capture.js'
import type { Captured, Guard } from './capture/captured.js'
import { explain } from './explain.js'
import { type ProgramGraphs, programGraphs } from './program-graphs.js'
import { type ReadyProgram, runProgram } from './program-run.js'
import { argumentTensors, signatureOf } from './signature.js'

/** Options of `compile`. */
export interface CompileOptions {
  /** Leave gradients in `.grad` after each step, as eager code does. Default false. */
  readonly keepGrads?: boolean
}

/** Figures of a compiled function. */
export interface CompileStats {
  /** Kernels of the latest program. */
  readonly kernels: number
  /** Launches of one run; a grouped kernel is one. */
  readonly dispatches: number
  /**
   * How often the latest run handed work over: submitted command buffers on webgpu, wake-ups of the worker threads on wasm; 0
   * where the calling thread does everything, as on the reference device.
   */
  readonly submits: number
  /** Bytes of the arena in which values live that do not outlast a run. */
  readonly arenaBytes: number
  /** Most bytes alive at one kernel: no arena can be smaller. */
  readonly lowerBoundBytes: number
  /** How often the function was captured. */
  readonly captures: number
}

/** A compiled function: called like the original. */
export interface CompiledFunction<Args extends readonly unknown[], Result> {
  (...args: Args): Result
  /** Figures of the latest program. */
  stats(): CompileStats
  /** The graph as captured, and the kernels that it became. */
  graph(): ProgramGraphs
  /** A table of the kernels: ops, bytes, operations, time, share, distance from the machine's limits. */
  explain(): Promise<string>
  /** Gives back every program's memory. */
  dispose(): void
}

/** One captured and compiled version of the function. */
interface Version extends ReadyProgram {
  readonly captured: Captured
  readonly guards: readonly Guard[]
}

/** Most versions that are kept; the one not used for longest goes. */
const mostVersions = 32
/** Captures after which it is worth asking why there are so many. */
const manyCaptures = 10

const holds = ({ guards, home, captured }: Version): boolean =>
  guards.every(({ value, read }) => Object.is(read(), value)) &&
  [...captured.sources.values()].every((source) => source.kind !== 'variable' || source.variable.home === home)

const homeOf = (args: readonly Tensor[], captured: Captured): Device => {
  const [argument] = args
  if (argument !== undefined) return argument.home
  for (const source of captured.sources.values()) {
    if (source.kind === 'variable') return source.variable.home
    if (source.kind === 'constant') return source.tensor.home
  }
  return currentDevice()
}

/** Whether a level of differentiation follows an argument: then the ops have to be seen one by one. */
const isDifferentiated = (args: readonly Tensor[]): boolean =>
  args.some((tensor) => activeGradients().some((level) => tensor.traceOf(level) !== undefined))

/**
 * Compiles a function of tensors: the first call with new shapes captures its ops (forward, backward, clipping, update) as one
 * graph, fuses them into few kernels and plans their memory; later calls replay that. Variables, cells (learning rates, step
 * counts, random counters) and gradients' places are live; other JavaScript values used inside are constants of the program.
 *
 * @param fn - the function; not async. It may not read values, and may not keep its tensors elsewhere
 * @param options - `keepGrads` (default false)
 * @returns a function that is called like the original
 * @throws CaptureError when the function reads a value, is async, or lets tensors leak
 *
 * @example
 * ```ts
 * import '@chainrule/autograd'
 * import { compile } from '@chainrule/compiler'
 * import { tensor, type Tensor } from '@chainrule/tensor'
 * const half = compile((x: Tensor) => x.mul(0.5).tanh())
 * console.log(half(tensor([0, 0])).toString(), half.stats().kernels) // tensor([0, 0], float32) 1
 * ```
 */
export const compile = <Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  { keepGrads = false }: CompileOptions = {},
): CompiledFunction<Args, Result> => {
  const versions = new Map<string, Version[]>()
  const recent: Version[] = []
  const shapes: string[] = []
  const changed = new Set<string>()
  let captures = 0
  let latest: Version | undefined

  const forget = (version: Version): void => {
    version.replay.dispose()
    for (const [key, list] of versions) {
      const rest = list.filter((other) => other !== version)
      if (rest.length === 0) versions.delete(key)
      else versions.set(key, rest)
    }
    for (const source of version.captured.sources.values()) if (source.kind === 'constant') source.tensor.dispose()
    for (const tensor of version.compiled.constants) tensor.dispose()
  }

  const make = (args: Args, tensors: readonly Tensor[], signature: string): Version => {
    const captured = capture((...operands) => fn(...(operands as unknown as Args)), args)
    const home = homeOf(tensors, captured)
    const compiled = withoutGradients(() => buildProgram(captured, home, { keepPlaces: keepGrads }))
    const version: Version = {
      captured,
      compiled,
      home,
      guards: captured.guards,
      replay: home.prepare(compiled.program),
    }
    captures += 1
    shapes.push(tensors.map(({ shape }) => showShape(shape)).join(' '))
    if (captures === manyCaptures) {
      console.warn(
        `compile: captured ${captures} times, for arguments ${[...new Set(shapes)].join('; ')}` +
          (changed.size > 0 ? `, and after changes of ${[...changed].join(', ')}. ` : '. ') +
          'Each new shape costs a capture: pad the last batch, drop it (dropLast), or pass numbers that change as cells.',
      )
    }
    versions.set(signature, [...(versions.get(signature) ?? []), version])
    return version
  }

  const find = (args: Args, tensors: readonly Tensor[]): Version => {
    const signature = signatureOf(args)
    const known = versions.get(signature) ?? []
    let version = known.find(holds)
    if (version === undefined) {
      const broken = known.at(-1)?.guards.find(({ value, read }) => !Object.is(read(), value))
      if (broken !== undefined) changed.add(broken.key)
      version = make(args, tensors, signature)
    }
    const place = recent.indexOf(version)
    if (place >= 0) recent.splice(place, 1)
    recent.push(version)
    while (recent.length > mostVersions) {
      const oldest = recent.shift()
      if (oldest !== undefined) forget(oldest)
    }
    latest = version
    return version
  }

  const call = (...args: Args): Result => {
    const tensors = argumentTensors(args)
    // Inside another capture the ops join that program; under differentiation they must be seen one by one.
    if (activeCapture() !== undefined || isDifferentiated(tensors)) return fn(...args)
    const version = find(args, tensors)
    const { results } = runProgram(version, tensors)
    let place = 0
    return mapTensors(version.captured.result as Result, (tensor) => (tensor.isAbstract ? results[place++] : tensor))
  }

  const program = (operation: string): Version => {
    if (latest === undefined) {
      throw new CaptureError(
        `${operation}: got a function that was not called yet, expected a program. Call it once first.`,
      )
    }
    return latest
  }

  return Object.assign(call, {
    stats: (): CompileStats => {
      const { compiled, replay } = program('stats')
      const kernels = compiled.steps.length
      return {
        kernels,
        dispatches: kernels,
        submits: replay.submits,
        arenaBytes: compiled.plan.arenaBytes,
        lowerBoundBytes: compiled.plan.lowerBoundBytes,
        captures,
      }
    },
    graph: (): ProgramGraphs => {
      const { captured, compiled } = program('graph')
      return programGraphs(captured, compiled)
    },
    explain: (): Promise<string> => explain(program('explain')),
    dispose: (): void => {
      for (const version of recent.splice(0)) forget(version)
      latest = undefined
    },
  })
}
