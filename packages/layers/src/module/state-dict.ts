import { showShape, StateDictError, Tensor, sameShape, Variable, withoutGradients } from '@chainrule/tensor'
import { joined, type Slot, visits } from './members.js'

/** A module's state by name: PyTorch's names, shapes and layouts. */
export type StateDict = Readonly<Record<string, Tensor>>

/** What `loadStateDict` found where names need not match. */
export interface LoadedState {
  /** Names that the module has and the dict has not. */
  readonly missing: readonly string[]
  /** Names that the dict has and the module has not. */
  readonly unexpected: readonly string[]
}

/** Every variable of a module by its full name; one that is held twice has two names. */
export const namedSlots = (root: object): readonly Slot[] =>
  [...visits(root)].flatMap(({ path, members: { parameters, buffers } }) =>
    [...parameters, ...buffers].map((slot) => ({ ...slot, name: joined(path, slot.name) })),
  )

/** Handles on the values as they are now. */
export const takeStateDict = (root: object): Record<string, Tensor> =>
  Object.fromEntries(namedSlots(root).map(({ name, variable }) => [name, variable.detach()]))

const describe = ({ shape, dtype }: Tensor): string => `${dtype} ${showShape(shape)}`

/** Why an entry does not fit its variable, if it does not. */
const misfit = ({ name, variable }: Slot, entry: unknown): string | undefined => {
  if (!(entry instanceof Tensor)) {
    const got = entry === null ? 'null' : Array.isArray(entry) ? 'an array' : `a ${typeof entry}`
    return `${name}: got ${got}, expected a tensor, ${describe(variable)}`
  }
  if (entry.isDisposed) return `${name}: got a disposed tensor, expected ${describe(variable)}`
  if (sameShape(entry.shape, variable.shape) && entry.dtype === variable.dtype) return undefined
  return `${name}: got ${describe(entry)}, expected ${describe(variable)}`
}

/** Gives variables the values of a dict: all of them, or, where anything does not fit, none. */
export const putStateDict = (root: object, dict: StateDict, strict: boolean, owner: string): LoadedState => {
  if (typeof dict !== 'object' || (dict as unknown) === null || dict instanceof Map) {
    const got = dict instanceof Map ? 'a Map' : dict === null ? 'null' : typeof dict
    throw new StateDictError(
      `loadStateDict: got ${got}, expected an object of tensors by name, such as stateDict() gives. ` +
        'Pass the dict itself, or Object.fromEntries(map).',
    )
  }
  const slots = namedSlots(root)
  const names = new Set(slots.map(({ name }) => name))
  const missing = slots.filter(({ name }) => !Object.hasOwn(dict, name))
  const unexpected = Object.keys(dict).filter((name) => !names.has(name))
  const present = slots.filter(({ name }) => Object.hasOwn(dict, name))
  const problems = [
    ...(strict ? missing.map(({ name, variable }) => `${name}: got nothing, expected ${describe(variable)}`) : []),
    ...(strict ? unexpected.map((name) => `${name}: got an entry, expected none`) : []),
    ...present.flatMap((slot) => misfit(slot, dict[slot.name]) ?? []),
  ]
  if (problems.length > 0) {
    throw new StateDictError(
      `loadStateDict: got a state dict that does not fit ${owner}:\n${problems.map((line) => `  ${line}`).join('\n')}\n` +
        'Nothing was loaded. Build the module with the arguments it was saved with, convert it or the dict with to(dtype), ' +
        'or pass {strict: false} to skip names that only one side has.',
    )
  }
  // Whole copies on the right device are made before the first variable is written.
  const staged = withoutGradients(() =>
    present.flatMap(({ name, variable }) => {
      const entry = dict[name]
      return entry === undefined ? [] : [{ variable, value: new Variable(entry.to(variable.device)) }]
    }),
  )
  for (const { variable, value } of staged) {
    variable.assign(value)
    value.dispose()
  }
  return { missing: missing.map(({ name }) => name), unexpected }
}
