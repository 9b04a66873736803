import { ones, type Tensor } from '@chainrule/tensor'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block, Step } from '../kernels/block.js'
import { lowerFunction } from '../lowered.fixture.js'
import { forward, makeOperands, programs } from '../random-programs.fixture.js'
import { canOverwrite, planMemory } from './plan-memory.js'

const planned = (run: (...args: Tensor[]) => Tensor, ...args: Tensor[]) => {
  const { steps, wanted } = lowerFunction(run, ...args)
  return { steps, plan: planMemory(steps, (block) => block.source === undefined && !wanted.has(block)) }
}

/** Blocks that a step may not find changed: those that are read later, and its own inputs unless it may overwrite them. */
const expectApart = (steps: readonly Step[], offsets: ReadonlyMap<Block, number>): void => {
  const lastRead = new Map<Block, number>()
  steps.forEach(({ inputs }, place) => inputs.forEach((block) => lastRead.set(block, place)))
  const alive = new Set<Block>()
  steps.forEach((step, place) => {
    for (const written of step.outputs) {
      const start = offsets.get(written)
      if (start === undefined) continue
      for (const other of [...alive, ...step.outputs]) {
        const from = offsets.get(other)
        if (other === written || from === undefined) continue
        const apart = start + written.byteLength <= from || from + other.byteLength <= start
        const dies = lastRead.get(other) === place && canOverwrite(step, other, written)
        expect(apart || dies).toBe(true)
      }
    }
    step.outputs.forEach((block) => alive.add(block))
    for (const block of alive) if ((lastRead.get(block) ?? -1) <= place) alive.delete(block)
  })
}

const bytes = 1024

describe('planMemory', () => {
  it('lets a map overwrite an operand that nobody reads afterwards', () => {
    const { plan } = planned((x) => x.matmul(x).exp().tanh().neg().matmul(x), ones([16, 16]))
    expect(plan.arenaBytes).toBe(bytes)
    expect(plan.lowerBoundBytes).toBe(bytes)
  })

  it('keeps apart what is alive together, and gives memory on afterwards', () => {
    const { steps, plan } = planned(
      (x) => {
        const [a, b] = [x.matmul(x), x.matmul(x.exp())]
        return a.matmul(b).matmul(x).matmul(x)
      },
      ones([16, 16]),
    )
    expectApart(steps, plan.offsets)
    expect(plan.arenaBytes).toBe(3 * bytes)
    expect(plan.arenaBytes).toBe(plan.lowerBoundBytes)
  })

  it('does not let a map overwrite an operand that it reads in another order', () => {
    const { steps } = lowerFunction((x) => x.exp().transpose(0, 1).neg(), ones([4, 4]))
    const [first, second] = steps
    const [before] = first?.outputs ?? []
    const [after] = second?.outputs ?? []
    if (second === undefined || before === undefined || after === undefined) throw new Error('two maps were expected')
    expect(canOverwrite(second, before, after)).toBe(false)
  })

  it('aligns blocks to 256 bytes', () => {
    const { plan } = planned((x) => x.matmul(x).matmul(x.exp().matmul(x)), ones([3, 3]))
    for (const offset of plan.offsets.values()) expect(offset % 256).toBe(0)
  })

  it('never lets blocks of random graphs meet, nor needs less than is alive at once', () => {
    const operands = makeOperands()
    fc.assert(
      fc.property(programs, (program) => {
        const { steps, plan } = planned((x, y) => forward(program)(x, y), ...operands)
        expectApart(steps, plan.offsets)
        expect(plan.arenaBytes).toBeGreaterThanOrEqual(plan.lowerBoundBytes)
      }),
      { numRuns: 100, seed: 23 },
    )
  })
})
