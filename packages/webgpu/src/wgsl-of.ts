import type { Kernel } from '@chainrule/tensor'
import { type Capabilities, defaultCapabilities } from './capabilities.js'
import { checkDtypes } from './kernel-dtypes.js'
import { planKernel } from './plan-kernel.js'
import { shaderText } from './shader.js'

/** The text of one dispatch of a kernel. */
export interface KernelText {
  /** Kind, operation and shapes. */
  readonly label: string
  readonly wgsl: string
  readonly workgroups: number
}

/**
 * The WGSL that a kernel becomes, one text for each dispatch, without a GPU. Operands are taken to be in buffers of
 * their own.
 *
 * @param kernel - any kernel
 * @param capabilities - what the GPU can do; the specification's default limits without it
 * @returns label, text and workgroups of each dispatch
 * @throws DTypeError for float64, or float16 where the GPU has none
 *
 * @example
 * ```ts
 * import { input, scalarOps } from '@chainrule/tensor'
 * import { wgslOf } from '@chainrule/webgpu'
 * const x = input(0, 'float32')
 * const line = { strides: [1], offset: 0 }
 * const [first] = wgslOf({
 *   kind: 'map',
 *   structure: { inputs: ['float32'], outputs: [scalarOps.mul(x, x)] },
 *   spaces: [{ shape: [1000], inputs: [line], outputs: [line] }],
 * })
 * console.log(first?.wgsl.includes('in0 * in0')) // true
 * ```
 */
export const wgslOf = (kernel: Kernel, capabilities: Capabilities = defaultCapabilities): readonly KernelText[] => {
  checkDtypes(kernel, capabilities)
  const everyOperand = Array.from({ length: 64 }, (_, position) => position)
  const context = { capabilities, inputs: everyOperand, outputs: everyOperand.map((position) => 64 + position) }
  return planKernel(kernel, context).launches.map((launch) => ({
    label: launch.label,
    wgsl: shaderText(launch),
    workgroups: launch.workgroups,
  }))
}
