import type { Access, Kernel, Space } from '@chainrule/tensor'
import type { Block, Step } from '../kernels/block.js'

/** Bytes that every block of an arena is aligned to: WebGPU's offsets, and whole cache lines. */
const alignment = 256

/** Where the blocks of a program lie that do not outlast a run. */
export interface MemoryPlan {
  /** Byte offset of each block in the arena; blocks that took another's place share its offset. */
  readonly offsets: ReadonlyMap<Block, number>
  /** Bytes of the arena. */
  readonly arenaBytes: number
  /** Most bytes that were alive at one step: no plan can need less. */
  readonly lowerBoundBytes: number
}

interface Lifetime {
  readonly blocks: Block[]
  readonly first: number
  last: number
  readonly bytes: number
}

const aligned = (bytes: number): number => Math.ceil(Math.max(bytes, 1) / alignment) * alignment

const sameAccess = (left: Access | undefined, right: Access | undefined): boolean =>
  left !== undefined &&
  right !== undefined &&
  left.offset === right.offset &&
  left.strides.length === right.strides.length &&
  left.strides.every((stride, axis) => stride === right.strides[axis])

/** The accesses through which a map kernel walks its operands; other kinds do not update in place. */
const accessesOf = (
  kernel: Kernel,
): { readonly inputs: readonly Access[]; readonly outputs: readonly Access[] } | undefined => {
  if (kernel.kind !== 'map') return undefined
  const spaces: readonly Space[] = kernel.spaces
  return { inputs: spaces.flatMap(({ inputs }) => inputs), outputs: spaces.flatMap(({ outputs }) => outputs) }
}

/**
 * Whether a step may write an output over one of its inputs: a map that reads and writes each element at the same place, in one
 * index space only, since the next one would find the new elements.
 */
export const canOverwrite = ({ kernel, inputs, outputs }: Step, input: Block, output: Block): boolean => {
  const accesses = accessesOf(kernel)
  if (accesses === undefined || kernel.kind !== 'map' || input.byteLength !== output.byteLength) return false
  const at = outputs.indexOf(output)
  if (outputs.lastIndexOf(output) !== at) return false
  const write = accesses.outputs[at]
  const space = Math.floor(at / kernel.structure.outputs.length)
  return inputs.every(
    (block, place) =>
      block !== input ||
      (Math.floor(place / kernel.structure.inputs.length) === space && sameAccess(accesses.inputs[place], write)),
  )
}

/** First and last step of each block of the arena, after in-place updates have joined some. */
const lifetimes = (steps: readonly Step[], inArena: (block: Block) => boolean): Lifetime[] => {
  const last = new Map<Block, number>()
  steps.forEach((step, place) => {
    for (const block of [...step.inputs, ...step.outputs]) last.set(block, place)
  })
  const lives = new Map<Block, Lifetime>()
  steps.forEach((step, place) => {
    const taken = new Set<Lifetime>()
    for (const output of step.outputs) {
      if (!inArena(output) || lives.has(output)) continue
      const dying = step.inputs.find((input) => {
        const life = lives.get(input)
        return (
          life !== undefined &&
          !taken.has(life) &&
          life.last === place &&
          last.get(input) === place &&
          canOverwrite(step, input, output)
        )
      })
      const life = dying && lives.get(dying)
      if (life !== undefined) {
        taken.add(life)
        life.blocks.push(output)
        life.last = Math.max(life.last, last.get(output) ?? place)
        lives.set(output, life)
      } else {
        lives.set(output, {
          blocks: [output],
          first: place,
          last: last.get(output) ?? place,
          bytes: aligned(output.byteLength),
        })
      }
    }
  })
  return [...new Set(lives.values())]
}

/**
 * Places blocks so that those alive together do not overlap: largest first, each at the lowest gap that fits (Pisarchyk & Lee,
 * 2020, "greedy by size").
 */
export const planMemory = (steps: readonly Step[], inArena: (block: Block) => boolean): MemoryPlan => {
  const lives = lifetimes(steps, inArena)
  const placed: { readonly life: Lifetime; readonly offset: number }[] = []
  for (const life of [...lives].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const neighbours = placed
      .filter(({ life: other }) => other.first <= life.last && life.first <= other.last)
      .sort((a, b) => a.offset - b.offset)
    let offset = 0
    for (const { life: other, offset: start } of neighbours) {
      if (start - offset >= life.bytes) break
      offset = Math.max(offset, start + other.bytes)
    }
    placed.push({ life, offset })
  }
  const alive = steps.map((_, place) =>
    lives.reduce((sum, { first, last, bytes }) => sum + (first <= place && place <= last ? bytes : 0), 0),
  )
  return {
    offsets: new Map(placed.flatMap(({ life, offset }) => life.blocks.map((block) => [block, offset] as const))),
    arenaBytes: placed.reduce((most, { life, offset }) => Math.max(most, offset + life.bytes), 0),
    lowerBoundBytes: alive.reduce((most, bytes) => Math.max(most, bytes), 0),
  }
}
