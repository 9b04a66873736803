/**
 * A module that comes with Node.js, found at run time so that bundlers for browsers have nothing to resolve.
 *
 * @param name - such as `node:zlib`
 * @returns the module; undefined in browsers
 */
export const builtIn = <Module>(name: string): Module | undefined => {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }
  return process?.getBuiltinModule?.(name) as Module | undefined
}
