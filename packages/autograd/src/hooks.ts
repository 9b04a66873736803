import {
  GradientError,
  type GradientHook,
  sameShape,
  showShape,
  type Tensor,
  type TensorOwner,
  type Value,
  withOwner,
} from '@chainrule/tensor'
import { baseLevel } from './base-level.js'
import { snapshot } from './snapshot.js'

/** A registration: the same function may be registered twice. */
interface Registration {
  readonly hook: GradientHook
}

const hooks = new WeakMap<Value, Set<Registration>>()

/** Calls a function with the gradient of a tensor during `backward`. */
export const registerHook = (tensor: Tensor, hook: GradientHook): (() => void) => {
  const value = baseLevel.valueOf(tensor)
  if (value === undefined) {
    throw new GradientError(
      'registerHook: got a tensor without a gradient, expected one computed from parameters. Set requiresGrad or use a Parameter.',
    )
  }
  const known = hooks.get(value) ?? new Set()
  const registration = { hook }
  hooks.set(value, known.add(registration))
  return () => {
    known.delete(registration)
  }
}

const checkReplacement = (given: Tensor, replacement: Tensor): Tensor => {
  if (!sameShape(given.shape, replacement.shape) || given.dtype !== replacement.dtype) {
    throw new GradientError(
      `registerHook: got a gradient of ${replacement.dtype} ${showShape(replacement.shape)} from a hook, expected that of the ` +
        `tensor, ${given.dtype} ${showShape(given.shape)}. Return undefined to leave the gradient as it is.`,
    )
  }
  return replacement
}

/**
 * The gradient after the hooks of its value, in order of registration. What a hook is given and makes belongs to the user's
 * scope, so it may be kept.
 */
export const runHooks = (value: Value, gradient: Tensor, user: TensorOwner): Tensor => {
  let current = gradient
  for (const { hook } of hooks.get(value) ?? []) {
    const given = current
    const replacement = withOwner(user, () => hook(snapshot(given)))
    if (replacement !== undefined) current = checkReplacement(given, replacement)
  }
  return current
}
