import { DeviceError, type Kernel } from '@chainrule/tensor'
import type { ArgumentField, Launch, LaunchOperand, LaunchPlan } from './launch.js'
import type { PlanContext } from './plan-context.js'
import { planKernel } from './plan-kernel.js'
import type { Part } from './windows/part.js'
import { splitKernel } from './windows/split-kernel.js'

/** The launch of a part, with operands numbered as in the whole kernel and seen through their windows. */
const placed = (launch: Launch, part: Part, limit: number): Launch => {
  const operand = (own: LaunchOperand): LaunchOperand => {
    const { kind, position } = own.memory
    const window = kind === 'input' ? part.inputs[position] : kind === 'output' ? part.outputs[position] : undefined
    if (!window) return own
    return { ...own, memory: { kind, position: window.position }, byteOffset: window.byteOffset, byteLength: limit }
  }
  const { counterShift } = part
  const field = (own: ArgumentField): ArgumentField =>
    counterShift !== undefined && 'cell' in own && own.cell === 1 ? { ...own, plus: counterShift } : own
  return { ...launch, operands: launch.operands.map(operand), fields: launch.fields.map(field) }
}

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
  const launches: Launch[] = []
  const scratch: number[] = []
  // A sort takes up to four times the memory of what it sorts.
  for (const part of splitKernel(kernel, kernel.kind === 'sort' ? limit / 4 : limit)) {
    const plan = planKernel(part.kernel, {
      ...context,
      inputs: part.inputs.map(({ position }) => context.inputs[position] ?? -1),
      outputs: part.outputs.map(({ position }) => context.outputs[position] ?? -1),
    })
    plan.scratch.forEach((bytes, at) => {
      if (bytes > bindingBytes) {
        throw new DeviceError(
          `${kernel.kind}: needs ${String(bytes)} bytes of scratch memory at once, expected at most ${String(bindingBytes)}. ` +
            'Use a smaller batch or a CPU device.',
        )
      }
      scratch[at] = Math.max(scratch[at] ?? 0, bytes)
    })
    launches.push(...plan.launches.map((launch) => placed(launch, part, limit)))
  }
  return { launches, scratch }
}
