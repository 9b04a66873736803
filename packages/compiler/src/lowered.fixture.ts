import {
  currentDevice,
  dropStorage,
  type GraphNode,
  holdStorage,
  type Kernel,
  type Storage,
  type Tensor,
  type TypedArray,
  type Value,
} from '@chainrule/tensor'
import * as fc from 'fast-check'
import { expect } from 'vitest'
import { capture } from './capture/capture.js'
import type { Block, Step } from './kernels/block.js'
import { CellSlots } from './kernels/cell-slots.js'
import { GraphLowering } from './kernels/lower.js'
import { deadCode } from './passes/dead-code.js'
import type { PassGraph, Rewrite } from './passes/pass.js'
import { runHost } from './program-run.js'
import { makeOperands, programs, withGradient } from './random-programs.fixture.js'

/** A function as its graph. */
export interface CapturedGraph {
  readonly graph: PassGraph
  readonly slots: CellSlots
  /** Lowers a rewritten graph. */
  readonly lower: (graph: PassGraph) => Lowered
}

/** A function as kernels without any pass, and what they compute. */
export interface Lowered {
  readonly steps: readonly Step[]
  /** Blocks of the results. */
  readonly wanted: ReadonlySet<Block>
  readonly slots: CellSlots
  /** Runs kernels on the reference device and gives the results. */
  readonly evaluate: (steps: readonly Step[]) => readonly TypedArray[]
}

type Run = (...args: Tensor[]) => Tensor | readonly Tensor[]

/** Captures a function of tensors. */
export const captureGraph = (run: Run, ...args: readonly Tensor[]): CapturedGraph => {
  const captured = capture((...given) => run(...(given as Tensor[])), args)
  const slots = new CellSlots(captured.host, captured.slotCount)
  const lower = (graph: PassGraph): Lowered => {
    const lowering = new GraphLowering(graph, captured.sources, slots)
    lowering.run(new Set())
    const places = graph.outputs.map((value) => lowering.place(value))
    const evaluate = (steps: readonly Step[]): readonly TypedArray[] => {
      const device = currentDevice()
      const storages = new Map<Block, Storage>()
      const storageOf = (block: Block): Storage => {
        const { source } = block
        if (source?.kind === 'constant') return source.tensor.storageFor('evaluate')
        if (source?.kind === 'argument') return (args[source.position] as Tensor).storageFor('evaluate')
        const known = storages.get(block)
        if (known !== undefined) return known
        const made = device.allocate(block.byteLength)
        holdStorage(made)
        // What nothing writes shows.
        device.write(made, new Uint8Array(block.byteLength).fill(0xff))
        storages.set(block, made)
        return made
      }
      const { cells: numbers, undo } = runHost({ host: slots.host, slotCount: slots.count })
      undo()
      for (const { kernel, inputs, outputs, cells } of steps) {
        const given = cells.map((slot) => numbers[slot] ?? Number.NaN)
        device.run(kernel, inputs.map(storageOf), outputs.map(storageOf), given)
      }
      const results = places.map(({ block, layout }) => {
        const read = device.readSync?.(storageOf(block), layout, layout.dtype)
        if (read === undefined) throw new Error('the reference device reads at once')
        return read
      })
      storages.forEach(dropStorage)
      return results
    }
    return { steps: lowering.steps, wanted: new Set(places.map(({ block }) => block)), slots, evaluate }
  }
  return { graph: { nodes: captured.nodes, outputs: captured.results, slots: captured.slots }, slots, lower }
}

/** Lowers a function of tensors with no pass but that nothing is computed in vain. */
export const lowerFunction = (run: Run, ...args: readonly Tensor[]): Lowered => {
  const { graph, lower } = captureGraph(run, ...args)
  return lower(deadCode(graph))
}

/** The nodes of a graph, one a line: `2 = mul(0, 1)`; letters are inputs, and the last line is what is wanted. */
export const describeGraph = ({ nodes, outputs }: PassGraph): readonly string[] => {
  const names = new Map<Value, string>()
  const nameOf = (value: Value): string => {
    const known = names.get(value)
    if (known !== undefined) return known
    const made = String.fromCharCode(97 + [...names.values()].filter((name) => /[a-z]/.test(name)).length)
    names.set(value, made)
    return made
  }
  let count = 0
  const line = (node: GraphNode): string => {
    const given = node.inputs.map(nameOf).join(', ')
    const made = node.outputs.map((value) => {
      names.set(value, String(count++))
      return nameOf(value)
    })
    return `${made.join(', ')} = ${node.label}(${given})`
  }
  return [...nodes.map(line), `→ ${outputs.map(nameOf).join(', ')}`]
}

/** Kernels, one a line: `matmul linear·relu (a, b) → 0`; letters are inputs. */
export const describeSteps = (steps: readonly Step[]): readonly string[] => {
  const names = new Map<Block, string>()
  let [letters, numbers] = [0, 0]
  const nameOf = (block: Block): string => {
    const known = names.get(block)
    if (known !== undefined) return known
    const made = block.source === undefined ? String(numbers++) : String.fromCharCode(97 + letters++)
    names.set(block, made)
    return made
  }
  return steps.map(({ kernel, inputs, outputs, ops }) => {
    const given = inputs.map(nameOf).join(', ')
    return `${kernel.kind} ${ops.join('·')} (${given}) → ${outputs.map(nameOf).join(', ')}`
  })
}

/** A kernel of a kind; fails where the step is another. */
export const kernelOf = <Kind extends Kernel['kind']>(
  step: Step | undefined,
  kind: Kind,
): Extract<Kernel, { kind: Kind }> => {
  expect(step?.kernel.kind).toBe(kind)
  return step?.kernel as Extract<Kernel, { kind: Kind }>
}

/** Enough programs to meet every move several times. */
const numRuns = 60

/** Holds a pass over kernels to the bits of what it was given, on random programs with their gradients. */
export const keepsBitsOfSteps = (pass: (lowered: Lowered) => readonly Step[]): void => {
  const operands = makeOperands()
  fc.assert(
    fc.property(programs, (program) => {
      const lowered = lowerFunction((x, y) => withGradient(program)(x, y), ...operands)
      expect(lowered.evaluate(pass(lowered))).toEqual(lowered.evaluate(lowered.steps))
    }),
    { numRuns },
  )
}

/** Holds a pass over ops to the bits of what it was given, on random programs with their gradients. */
export const keepsBitsOfGraphs = (pass: (graph: PassGraph, slots: CellSlots) => Rewrite | PassGraph): void => {
  const operands = makeOperands()
  fc.assert(
    fc.property(programs, (program) => {
      const { graph, slots, lower } = captureGraph((x, y) => withGradient(program)(x, y), ...operands)
      const before = lower(graph)
      const rewritten = pass(graph, slots)
      const after = lower('graph' in rewritten ? rewritten.graph : rewritten)
      expect(after.evaluate(after.steps)).toEqual(before.evaluate(before.steps))
    }),
    { numRuns },
  )
}
