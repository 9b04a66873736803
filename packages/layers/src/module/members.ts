import { Parameter } from '@chainrule/autograd'
import { StateDictError, Variable } from '@chainrule/tensor'
import type { Module } from './module.js'

/** Marks modules, so that they are found without importing their class (which imports this file). */
export const moduleMark: unique symbol = Symbol('chainrule.module')

/** Whether a value is a module. */
export const isModule = (value: unknown): value is Module =>
  typeof value === 'object' && value !== null && moduleMark in value

/** A variable where it is held: its name there, and how another takes its place. */
export interface Slot {
  readonly name: string
  readonly variable: Variable
  readonly replace: (variable: Variable) => void
}

/** A module, array or plain object that is held by another. */
export interface Holder {
  readonly name: string
  readonly held: object
}

/** What a module, array or plain object holds itself: variables, and what holds more of them. */
export interface Members {
  readonly parameters: readonly Slot[]
  readonly buffers: readonly Slot[]
  readonly holders: readonly Holder[]
}

/**
 * Name in a state dict of a property: camelCase becomes snake_case (`weightIhL0` → `weight_ih_l0`); a name that does not
 * begin with a small letter (`W`, `0`) stays.
 */
export const stateName = (property: string): string =>
  /^[a-z]/.test(property) ? property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : property

const isContainer = (value: unknown): value is object => {
  if (Array.isArray(value)) return true
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** What is held directly, in order of the properties. Keys of plain objects are names already, as in a ModuleDict. */
export const membersOf = (holder: object): Members => {
  const parameters: Slot[] = []
  const buffers: Slot[] = []
  const holders: Holder[] = []
  const names = new Map<string, string>()
  const properties = holder as Record<string, unknown>
  for (const [property, value] of Object.entries(properties)) {
    const isVariable = value instanceof Variable
    if (!isVariable && !isModule(value) && !isContainer(value)) continue
    const name = isModule(holder) ? stateName(property) : property
    const taken = names.get(name)
    if (taken !== undefined) {
      throw new StateDictError(
        `Module: got properties '${taken}' and '${property}', which are both '${name}' in a state dict, expected names that differ. ` +
          'Rename one of them.',
      )
    }
    names.set(name, property)
    if (isVariable) {
      const replace = (variable: Variable): void => {
        properties[property] = variable
      }
      ;(value instanceof Parameter ? parameters : buffers).push({ name, variable: value, replace })
    } else holders.push({ name, held: value })
  }
  return { parameters, buffers, holders }
}

/** Joins a path and a name with a dot. */
export const joined = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

/** A module, array or object on a walk, with its path and what it holds. */
export interface Visit {
  readonly path: string
  readonly held: object
  readonly members: Members
}

/**
 * Walks a module and everything under it, each before what it holds, in the order of PyTorch's state dict. What holds itself
 * is not entered again.
 */
export function* visits(root: object): Generator<Visit> {
  const open = new Set<object>()
  function* enter(held: object, path: string): Generator<Visit> {
    if (open.has(held)) return
    open.add(held)
    const members = membersOf(held)
    yield { path, held, members }
    for (const { name, held: inner } of members.holders) yield* enter(inner, joined(path, name))
    open.delete(held)
  }
  yield* enter(root, '')
}

/** The modules that a module holds itself, in arrays and plain objects too, each once with its name. */
export const heldModules = (root: object): readonly (readonly [name: string, module: Module])[] => {
  const found = new Map<Module, string>()
  const seen = new Set<object>()
  const enter = (holder: object, path: string): void => {
    if (seen.has(holder)) return
    seen.add(holder)
    for (const { name, held } of membersOf(holder).holders) {
      if (!isModule(held)) enter(held, joined(path, name))
      else if (!found.has(held)) found.set(held, joined(path, name))
    }
  }
  enter(root, '')
  return [...found].map(([module, name]) => [name, module])
}

/** The parameters that a module holds itself, in arrays and plain objects too, but not in modules. */
export const ownParameters = (holder: object): readonly Parameter[] => {
  const { parameters, holders } = membersOf(holder)
  const direct = parameters.flatMap(({ variable }) => (variable instanceof Parameter ? [variable] : []))
  return [...direct, ...holders.flatMap(({ held }) => (isModule(held) ? [] : ownParameters(held)))]
}
