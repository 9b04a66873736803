import { type ContractionLibrary, registerLibraryFinder } from '@chainrule/wasm'
import { BlasFinder } from '../blas-finder.js'

const finder = new BlasFinder()

/** Why tests that need a library of this machine cannot run; undefined where they can. */
export const whyNoMachineLibrary = (): string | undefined =>
  finder.findAny() === undefined ? `no BLAS here: ${finder.explain()}` : undefined

/** The library of this machine, for products of any size, or for those that it prefers. */
export const machineLibrary = (prefers?: ContractionLibrary['prefers']): ContractionLibrary => {
  const library = finder.findAny()
  if (library === undefined) throw new Error(finder.explain())
  return prefers === undefined ? library : { ...library, prefers }
}

/** Makes `setDevice('wasm')` use a library, as if it were found. */
export const pretendToFind = (library: ContractionLibrary): void => {
  registerLibraryFinder({ findAny: () => library, open: (path) => finder.open(path), explain: () => 'pretended' })
}
