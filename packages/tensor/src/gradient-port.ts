import { GradientError } from './errors.js'
import type { Tensor } from './tensor.js'

/** Options of `backward`. */
export interface BackwardOptions {
  /** Gradient of the final result with respect to this tensor; needed unless the tensor has one element. */
  readonly gradient?: Tensor
  /** Keep the graph and its residuals for another `backward`. Default: the value of `createGraph`. */
  readonly retainGraph?: boolean
  /** Record the backward pass, so that the gradients can be differentiated again. Default false. */
  readonly createGraph?: boolean
}

/** Watches, and may replace, the gradient of a tensor. */
export type GradientHook = (gradient: Tensor) => Tensor | undefined | void

/** What autograd provides to the methods of tensors. */
export interface GradientPort {
  /** Whether gradients are collected for a tensor or flow through it. */
  requiresGrad(tensor: Tensor): boolean
  /** Makes a tensor a leaf that collects its gradient, or one that does not. */
  setRequiresGrad(tensor: Tensor, value: boolean): void
  /** The gradient that a leaf has. */
  grad(tensor: Tensor): Tensor | undefined
  /** Gives a leaf a gradient, or takes it away. */
  setGrad(tensor: Tensor, value: Tensor | undefined): void
  /** Adds the gradients of a tensor to every leaf that it was computed from. */
  backward(tensor: Tensor, options: BackwardOptions): void
  /** Calls a function with the gradient of a tensor; returns what removes it. */
  registerHook(tensor: Tensor, hook: GradientHook): () => void
}

let installed: GradientPort | undefined

/** Called by `@chainrule/autograd` when it is imported. */
export const installGradientPort = (port: GradientPort): void => {
  installed = port
}

/** The port, or an error that says what to import. */
export const gradientPort = (operation: string): GradientPort => {
  if (installed === undefined) {
    throw new GradientError(
      `${operation}: got no automatic differentiation, expected @chainrule/autograd to be loaded. ` +
        `Install it and add: import '@chainrule/autograd'.`,
    )
  }
  return installed
}
