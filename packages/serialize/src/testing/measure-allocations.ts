import { vi } from 'vitest'

const constructorNames = [
  'ArrayBuffer',
  'Uint8Array',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
] as const

/** Runs `use` and returns the largest buffer that a constructor was asked for meanwhile, in bytes. */
export function measureLargestAllocation(use: () => void): number {
  let largest = 0
  for (const name of constructorNames) {
    const original = globalThis[name] as unknown as new (...list: unknown[]) => object
    vi.stubGlobal(
      name,
      new Proxy(original, {
        construct(target, list: unknown[], newTarget) {
          const [first] = list
          const itemSize = 'BYTES_PER_ELEMENT' in target ? Number(target.BYTES_PER_ELEMENT) : 1
          if (typeof first === 'number') largest = Math.max(largest, first * itemSize)
          return Reflect.construct(target, list, newTarget) as object
        },
      }),
    )
  }
  try {
    use()
  } finally {
    vi.unstubAllGlobals()
  }
  return largest
}
