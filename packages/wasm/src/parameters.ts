import type { KernelPlan } from './kernel-code.js'
import type { LinearMemory } from './linear-memory.js'

/** Bytes that a plan's argument block takes in memory, rounded so that blocks can stand one after another. */
export const parameterBytes = (plan: KernelPlan): number => (plan.parameters.byteLength + 63) & ~63

/**
 * Copies a plan's argument block into memory and fills in what differs from run to run.
 *
 * @param memory - the device's memory
 * @param address - byte address of the block, a multiple of 16
 * @param plan - the plan
 * @param operands - byte addresses of inputs, then outputs
 * @param cells - numbers of the cell slots
 * @param sharedScratch - byte address of the scratch that threads share
 */
export const placeParameters = (
  memory: LinearMemory,
  address: number,
  plan: KernelPlan,
  operands: readonly number[],
  cells: readonly number[],
  sharedScratch: number,
): void => {
  memory.bytes.set(plan.parameters, address)
  const { words } = memory
  const word = (address + (plan.operandsAt ?? 0)) >>> 2
  for (let operand = 0; operand < operands.length; operand++) words[word + operand] = operands[operand] ?? 0
  placeCells(memory, address + plan.cellsAt, plan.cellCount, cells)
  if (plan.sharedScratchBytes > 0) words[(address + plan.sharedScratchAt) >>> 2] = sharedScratch
  if (plan.fault !== undefined) words[(address + plan.fault.at) >>> 2] = 0
}

/** Writes the first `count` cells as float64 from a byte address on. */
const placeCells = (memory: LinearMemory, address: number, count: number, cells: readonly number[]): void => {
  const { doubles } = memory
  const first = address / 8
  for (let slot = 0; slot < count; slot++) doubles[first + slot] = cells[slot] ?? 0
}

/**
 * Throws the error that a kernel reported, if it reported one.
 *
 * @param memory - the device's memory
 * @param address - byte address of the argument block
 * @param plan - the plan that ran
 */
export const throwFault = (memory: LinearMemory, address: number, plan: KernelPlan): void => {
  const { fault } = plan
  if (fault === undefined || memory.words[(address + fault.at) >>> 2] === 0) return
  throw fault.explain(new DataView(memory.bytes.buffer, address, plan.parameters.byteLength))
}
