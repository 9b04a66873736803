import { callerLine } from './caller-line.js'
import { nodeCount } from './graph/node-count.js'
import { memory } from './live-memory.js'
import { Reachable } from './reachable.js'
import { refuseAsync } from './recorder.js'
import type { Tensor } from './tensor.js'
import { tensorsIn } from './tensors-in.js'

/** Region that owns the tensors made in it. */
class Scope {
  readonly parent: Scope | undefined
  readonly tensors: Tensor[] = []
  readonly firstNode = nodeCount()
  /** How many scopes are around it, counting itself. */
  readonly depth: number
  isOpen = true

  constructor(parent: Scope | undefined) {
    this.parent = parent
    this.depth = (parent?.depth ?? 0) + 1
  }
}

/** Owner of a tensor: a scope, or nobody (then garbage collection finds it, or a variable holds it). */
export type TensorOwner = Scope | undefined

let current: Scope | undefined

/** Live bytes outside every scope at which the one warning is given. */
const warningBytes = 1 << 30
let warned = false

const warnOnce = (): void => {
  warned = true
  console.warn(
    `chainrule: ${(memory().bytes / 2 ** 30).toFixed(1)} GiB of tensors are alive outside every scope, allocated ${callerLine()}. ` +
      `Garbage collection may be late; wrap each step in scope(() => …) or dispose() what you do not need.`,
  )
}

/** Who owns the tensors that are made now. */
export const currentScope = (): TensorOwner => current

/** Runs a function whose tensors belong to an owner further out; for callbacks of the user inside the library's own scopes. */
export const withOwner = <T>(owner: TensorOwner, run: () => T): T => {
  const before = current
  current = owner
  try {
    return run()
  } finally {
    current = before
  }
}

/** Gives a new tensor to the current scope, or to garbage collection. */
export const own = (tensor: Tensor): void => {
  giveTo(current, tensor)
  if (current === undefined && !warned && memory().bytes > warningBytes) warnOnce()
}

/** Gives a tensor to a scope, or to garbage collection where there is none or it has ended. */
export const giveTo = (owner: TensorOwner, tensor: Tensor): void => {
  tensor.owner = owner?.isOpen === true ? owner : undefined
  if (tensor.owner === undefined) tensor.watch()
  else tensor.owner.tensors.push(tensor)
}

/** Takes a tensor out of its scope, to be held by something that outlives it (a variable, `.grad`). */
export const adopt = (tensor: Tensor): void => {
  if (tensor.owner !== undefined) giveTo(undefined, tensor)
}

const release = (scope: Scope, kept: ReadonlySet<Tensor>): void => {
  for (const tensor of scope.tensors) {
    if (tensor.owner !== scope) continue
    if (kept.has(tensor)) giveTo(scope.parent, tensor)
    else tensor.dispose()
  }
}

/**
 * Runs a function and releases every tensor made in it, except those in its result (in arrays, plain objects, maps and sets,
 * to any depth, with what their gradients need) and those that a variable or `.grad` has taken over.
 * Scopes nest; what an inner one returns belongs to the outer one.
 *
 * @param run - the function; not async
 * @returns its result
 * @throws ScopeError when the function is async
 *
 * @example
 * ```ts
 * import { ones, scope } from '@chainrule/tensor'
 * const total = scope(() => ones([1000]).mul(2).sum()) // only the sum survives
 * console.log(total.dataSync()[0]) // 2000
 * ```
 */
export const scope = <T>(run: () => T): T => {
  const entered = new Scope(current)
  current = entered
  const kept = new Reachable(entered.firstNode)
  try {
    const result = run()
    refuseAsync('scope', result)
    for (const tensor of tensorsIn(result)) kept.add(tensor)
    kept.follow()
    return result
  } finally {
    current = entered.parent
    entered.isOpen = false
    release(entered, kept.tensors)
  }
}
