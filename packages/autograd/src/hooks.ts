import {
  GradientError,
  guard,
  type GradientHook,
  sameShape,
  showShape,
  type Tensor,
  type TensorOwner,
  type Value,
  withOwner,
} from '@chainrule/tensor'
import { baseLevel } from './base-level.js'
import { LeafValue } from './leaf-value.js'
import { snapshot } from './snapshot.js'

/** A registration: the same function may be registered twice. */
interface Registration {
  readonly hook: GradientHook
}

/** The hooks of a value. Every change makes another list, so that programs can tell whether they ran these. */
class Registrations {
  #list: readonly Registration[] | undefined
  readonly read = (): readonly Registration[] | undefined => this.#list

  set(list: readonly Registration[]): void {
    this.#list = list.length === 0 ? undefined : list
  }
}

const known = new WeakMap<Value, Registrations>()

const registrationsOf = (value: Value): Registrations => {
  const registrations = known.get(value) ?? new Registrations()
  known.set(value, registrations)
  return registrations
}

/** The hooks of a value now. Those of leaves outlast a captured function, so programs depend on them. */
const hooksOf = (value: Value): readonly Registration[] =>
  (value instanceof LeafValue ? guard('hooks', registrationsOf(value).read) : known.get(value)?.read()) ?? []

/** Calls a function with the gradient of a tensor during `backward`. */
export const registerHook = (tensor: Tensor, hook: GradientHook): (() => void) => {
  const value = baseLevel.valueOf(tensor)
  if (value === undefined) {
    throw new GradientError(
      'registerHook: got a tensor without a gradient, expected one computed from parameters. Set requiresGrad or use a Parameter.',
    )
  }
  const registration = { hook }
  const registrations = registrationsOf(value)
  // The hooks are asked for before each change: a program starts from what holds before the function.
  registrations.set([...hooksOf(value), registration])
  return () => {
    registrations.set(hooksOf(value).filter((other) => other !== registration))
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
  for (const { hook } of hooksOf(value)) {
    const given = current
    const replacement = withOwner(user, () => hook(snapshot(given)))
    if (replacement !== undefined) current = checkReplacement(given, replacement)
  }
  return current
}
