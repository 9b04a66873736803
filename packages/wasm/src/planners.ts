import type { Kernel } from '@chainrule/tensor'
import { DeviceError } from '@chainrule/tensor'
import type { KernelPlan } from './kernel-code.js'

/**
 * Turns any kernel into a launch.
 *
 * @param kernel - the kernel
 * @returns its plan, valid until the next plan
 */
export const planKernel = (kernel: Kernel): KernelPlan => {
  throw new DeviceError(`run: got a kernel of kind '${kernel.kind}', which the wasm device does not know.`)
}
