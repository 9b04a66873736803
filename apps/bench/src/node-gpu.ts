/**
 * Puts Dawn where libraries for browsers look for WebGPU: `navigator.gpu` and the globals of its flags. Nothing is changed
 * where there is a `navigator.gpu` already.
 */
export const offerGpu = async (): Promise<void> => {
  const place = globalThis.navigator as Navigator & { gpu?: unknown }
  if (place.gpu !== undefined) return
  // A variable keeps bundlers from looking for the package.
  const name = 'webgpu'
  const { create, globals } = (await import(name)) as {
    create(options: readonly string[]): object
    globals: Readonly<Record<string, unknown>>
  }
  Object.assign(globalThis, globals)
  Object.defineProperty(place, 'gpu', { value: create([]), configurable: true })
}
