import { BlasFinder } from '@chainrule/blas'
import { registerLibraryFinder } from '@chainrule/wasm'
import { setDevice } from './index.js'

/** The device `wasm` with products and convolutions on a library. */
export const onLibrary = 'wasm with the BLAS of the machine'

const finder = new BlasFinder()
const library = finder.findAny()

/** Why there is no library, or undefined where there is one. */
export const libraryMissing = library === undefined ? finder.explain() : undefined

/** Starts a device by its name. A library gets products of any size, and no other device gets a library. */
export async function startDevice(name: string): Promise<void> {
  const found = library && { ...library, prefers: () => true }
  registerLibraryFinder({
    findAny: () => (name === onLibrary ? found : undefined),
    open: () => finder.open('none'),
    explain: () => '',
  })
  await setDevice(name === 'reference' ? name : 'wasm', { threads: 2 })
}
