import { GradientError, type GradientHook, type Tensor, type Value } from '@chainrule/tensor'
import { baseLevel } from './base-level.js'

const hooks = new WeakMap<Value, Set<GradientHook>>()

/** Calls a function with the gradient of a tensor during `backward`. */
export const registerHook = (tensor: Tensor, hook: GradientHook): (() => void) => {
  const value = baseLevel.valueOf(tensor)
  if (value === undefined) {
    throw new GradientError(
      'registerHook: got a tensor without a gradient, expected one computed from parameters. Set requiresGrad or use a Parameter.',
    )
  }
  const known = hooks.get(value) ?? new Set()
  hooks.set(value, known.add(hook))
  return () => {
    known.delete(hook)
  }
}

/** The gradient after the hooks of its value, in order of registration. */
export const runHooks = (value: Value, gradient: Tensor): Tensor => {
  let current = gradient
  for (const hook of hooks.get(value) ?? []) current = hook(current) ?? current
  return current
}
