import { DeviceError, type Kernel } from '@chainrule/tensor'
import {
  type ArgumentField,
  type Launch,
  type LaunchOperand,
  type LaunchPlan,
  type MemoryReference,
  scratchMemory,
} from './launch.js'
import type { PlanContext } from './plan-context.js'
import { planKernel } from './plan-kernel.js'
import { composeKernel } from './windows/compose-kernel.js'
import type { Composition } from './windows/composition.js'
import type { Part } from './windows/part.js'
import { splitKernel } from './windows/split-kernel.js'

/** The launch of a part, with operands numbered as in the whole kernel and seen through their windows. */
const placed = (launch: Launch, part: Part, limit: number): Launch => {
  const operand = (own: LaunchOperand): LaunchOperand => {
    const { kind, position } = own.memory
    const windows = { input: part.inputs, output: part.outputs, scratch: part.scratch, faults: undefined }[kind]
    const window = windows?.[position]
    if (!window) return own
    const memory = { kind: window.kind ?? kind, position: window.position }
    return { ...own, memory, byteOffset: window.byteOffset, byteLength: limit }
  }
  const { counterShift } = part
  const field = (own: ArgumentField): ArgumentField =>
    counterShift !== undefined && 'cell' in own && own.cell === 1 ? { ...own, plus: counterShift } : own
  return { ...launch, operands: launch.operands.map(operand), fields: launch.fields.map(field) }
}

/** The parts of a kernel, or undefined where one of them needs more scratch memory than a binding can see. */
const planCut = (parts: readonly Part[], context: PlanContext, limit: number): LaunchPlan | undefined => {
  const launches: Launch[] = []
  const scratch: number[] = []
  for (const part of parts) {
    const plan = planKernel(part.kernel, {
      ...context,
      inputs: part.inputs.map(
        ({ kind, position }) => (kind === 'output' ? context.outputs : context.inputs)[position] ?? -1,
      ),
      outputs: part.outputs.map(({ position }) => context.outputs[position] ?? -1),
      ...(part.box ? { box: part.box } : {}),
    })
    for (const [at, bytes] of plan.scratch.entries()) {
      if (bytes > limit && !part.scratch?.[at]) return undefined
      scratch[at] = Math.max(scratch[at] ?? 0, bytes)
    }
    launches.push(...plan.launches.map((launch) => placed(launch, part, limit)))
  }
  return { launches, scratch }
}

/** The launches of a composition, with the memory of its steps seen from outside. */
const planComposition = ({ scratch: shared, stages }: Composition, context: PlanContext): LaunchPlan => {
  const numberOf = ({ kind, position }: MemoryReference): number =>
    (kind === 'input' ? context.inputs : kind === 'output' ? context.outputs : [])[position] ?? -1 - position
  const own: number[] = []
  const launches = stages.flatMap((stage) => {
    const step = 'kernel' in stage ? stage : undefined
    const plan = step
      ? planParts(
          step.kernel,
          { ...context, inputs: step.inputs.map(numberOf), outputs: step.outputs.map(numberOf) },
          Infinity,
        )
      : (stage as LaunchPlan)
    plan.scratch.forEach((bytes, at) => (own[at] = Math.max(own[at] ?? 0, bytes)))
    const memoryOf = (reference: MemoryReference): MemoryReference => {
      const { kind, position } = reference
      if (kind === 'scratch') return scratchMemory(shared.length + position)
      return (kind === 'input' ? step?.inputs : kind === 'output' ? step?.outputs : undefined)?.[position] ?? reference
    }
    return plan.launches.map((launch) => ({
      ...launch,
      operands: launch.operands.map((operand) => ({ ...operand, memory: memoryOf(operand.memory) })),
    }))
  })
  return { launches, scratch: [...shared, ...own] }
}

/** Shares of a binding that parts may use: those that need scratch memory of their size, or several times it, get less. */
const shares = [1, 1 / 4, 1 / 16]

/**
 * Turns any kernel into dispatches, cutting it where an operand is larger than one binding can see.
 *
 * @param kernel - the kernel
 * @param context - what the GPU can do and which operands share storages
 * @param largest - bytes of its largest operand
 * @returns dispatches in order, and the scratch memory they share
 * @throws DeviceError where the kernel needs more at once than a shader can see
 */
export const planParts = (kernel: Kernel, context: PlanContext, largest: number): LaunchPlan => {
  const { bindingBytes } = context.capabilities
  if (largest <= bindingBytes) {
    const plan = planKernel(kernel, context)
    if (plan.scratch.every((bytes) => bytes <= bindingBytes)) return plan
  }
  const limit = bindingBytes - (bindingBytes % 16)
  for (const share of shares) {
    const parts = splitKernel(kernel, Math.floor((limit * share) / 16) * 16)
    const plan = parts && planCut(parts, context, limit)
    if (plan) return plan
  }
  const composition = composeKernel(kernel, limit)
  if (composition) return planComposition(composition, context)
  throw new DeviceError(
    `${kernel.kind}: got an operand that one step needs as a whole and that is longer than the ${String(limit)} bytes ` +
      'a shader of this GPU can see at once, expected a smaller one. Use a smaller batch or a CPU device.',
  )
}
