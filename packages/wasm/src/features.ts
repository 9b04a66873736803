import type { WasmFeatures } from './kernel-code.js'

/** `f32x4` arithmetic: splats a constant. */
const simdProbe = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]

/** `f32x4.relaxed_madd` of three splats. */
const relaxedProbe = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 1, 253, 15, 65, 1, 253, 15, 65,
  1, 253, 15, 253, 133, 2, 11,
]

/** An atomic load from a shared memory. */
const threadsProbe = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 4, 1, 3, 1, 1, 10, 11, 1, 9, 0, 65, 0, 254, 16, 2, 0,
  26, 11,
]

const accepts = (bytes: readonly number[]): boolean => WebAssembly.validate(Uint8Array.from(bytes))

/** The parts of the global scope that decide about threads; browsers and Node have different ones. */
interface Surroundings {
  readonly SharedArrayBuffer?: unknown
  readonly crossOriginIsolated?: boolean
  readonly Worker?: unknown
  readonly process?: { readonly versions?: { readonly node?: string } }
}

/** Whether this is Node.js (or a runtime that presents itself as Node.js). */
export const isNode = (): boolean => {
  const { process } = globalThis as unknown as Surroundings
  return process?.versions?.node !== undefined
}

/** Why memory cannot be shared with workers here; undefined where it can. */
export const whyNoThreads = (): string | undefined => {
  const surroundings = globalThis as unknown as Surroundings
  if (surroundings.SharedArrayBuffer === undefined) {
    return isNode() || surroundings.crossOriginIsolated === true
      ? 'SharedArrayBuffer is missing'
      : 'SharedArrayBuffer is missing: serve the page with Cross-Origin-Opener-Policy: same-origin and ' +
          'Cross-Origin-Embedder-Policy: require-corp'
  }
  if (!isNode()) {
    if (surroundings.crossOriginIsolated !== true) {
      return (
        'the page is not cross-origin isolated: serve it with Cross-Origin-Opener-Policy: same-origin and ' +
        'Cross-Origin-Embedder-Policy: require-corp'
      )
    }
    if (surroundings.Worker === undefined) return 'this scope has no Worker'
  }
  return accepts(threadsProbe) ? undefined : 'the engine has no WebAssembly threads'
}

/**
 * What the engine can do, by asking it to validate a few bytes of each feature. Relaxed SIMD is on from Node.js 22 and in
 * current browsers; under Node.js 20 an application may call
 * `v8.setFlagsFromString('--experimental-wasm-relaxed-simd')` before the device starts. A library only looks.
 *
 * @returns the features
 */
export const detectFeatures = (): WasmFeatures => ({
  simd: accepts(simdProbe),
  relaxedSimd: accepts(relaxedProbe),
  threads: whyNoThreads() === undefined,
})

/** A Node.js module, found without an import that bundlers for browsers would follow. */
export const builtinModule = <T>(name: string): T | undefined => {
  const { process } = globalThis as unknown as { process?: { getBuiltinModule?(name: string): unknown } }
  return process?.getBuiltinModule?.(name) as T | undefined
}

/** How many threads the machine runs at once. */
export const availableThreads = (): number => {
  const os = builtinModule<{ availableParallelism(): number }>('node:os')
  if (os !== undefined) return os.availableParallelism()
  const { navigator } = globalThis as unknown as { navigator?: { hardwareConcurrency?: number } }
  return navigator?.hardwareConcurrency ?? 1
}
