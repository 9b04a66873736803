import type { Parameter } from '@chainrule/autograd'
import { ArgumentError, type CreationOptions, sizeOf } from '@chainrule/tensor'
import { uniform } from '../initializers/uniform.js'
import { makeParameter } from '../make-parameter.js'
import { requireSizes } from '../require-sizes.js'

/** What decides the parameters of a convolution. */
export interface KernelSizes {
  readonly inChannels: number
  readonly outChannels: number
  /** Size of the window along each axis. */
  readonly window: readonly number[]
  readonly groups: number
}

/** Weight [out, in / groups, ...window] and bias [out] of a convolution, uniform within ±1/√(in / groups · window). */
export const makeKernels = (
  layer: string,
  { inChannels, outChannels, window, groups }: KernelSizes,
  { bias = true, ...options }: CreationOptions & { readonly bias?: boolean },
): { readonly weight: Parameter; readonly bias: Parameter | undefined } => {
  requireSizes(layer, { inChannels, outChannels, groups })
  for (const size of window) requireSizes(layer, { kernelSize: size })
  if (inChannels % groups !== 0 || outChannels % groups !== 0) {
    throw new ArgumentError(
      `${layer}: got ${inChannels} and ${outChannels} channels in ${groups} groups, expected groups to divide both. Choose another number of groups.`,
    )
  }
  const perGroup = inChannels / groups
  const bound = 1 / Math.sqrt(perGroup * sizeOf(window))
  const make = (shape: readonly number[]): Parameter =>
    makeParameter(() => uniform(shape, { ...options, a: -bound, b: bound }))
  return { weight: make([outChannels, perGroup, ...window]), bias: bias ? make([outChannels]) : undefined }
}
