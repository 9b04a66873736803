import { type Dependency, defaultCtx, if_ } from 'wasmati'

const none: Dependency.t[] = []

/**
 * Forgets, in the block under construction, that instructions depend on the memory. wasmati lists the dependencies of all
 * instructions of a block again for each block around it; modules here have their memory anyway.
 */
export const forgetMemory = (): void => {
  for (const instruction of defaultCtx.body) {
    const { deps } = instruction
    if (deps.length === 1 && deps[0]?.kind === 'hasMemory') instruction.deps = none
  }
}

/**
 * Emits a condition's two ways; the condition, an i32, is on the stack.
 *
 * @param then - emits what is done where it is not zero
 * @param otherwise - emits what is done where it is
 */
export const branch = (then: () => void, otherwise?: () => void): void => {
  const way = (emit: () => void) => (): void => {
    emit()
    forgetMemory()
  }
  if (otherwise === undefined) if_(null, way(then))
  else if_(null, way(then), way(otherwise))
}
