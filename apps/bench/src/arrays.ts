import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Case } from './cases.ts'

/** An array on its way to a system. */
export interface HostArray {
  readonly shape: readonly number[]
  readonly data: Float32Array | Int32Array
}

/** A small generator (mulberry32), so that every system starts from the same numbers. */
const generator = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Writes the arrays of a case as raw little-endian files, with a list of them. */
export const writeArrays = (folder: string, { name, arrays }: Case): string => {
  const place = join(folder, name)
  mkdirSync(place, { recursive: true })
  const random = generator(1)
  for (const [key, { shape, scale = 1, positive = false, classes }] of Object.entries(arrays)) {
    const size = shape.reduce((product, length) => product * length, 1)
    const data =
      classes === undefined
        ? Float32Array.from({ length: size }, () => (positive ? random() : (2 * random() - 1) * scale))
        : Int32Array.from({ length: size }, () => Math.floor(random() * classes))
    writeFileSync(join(place, key), data)
  }
  return place
}

/** Reads the arrays of a case. */
export const readArrays = (place: string, { arrays }: Case): Record<string, HostArray> =>
  Object.fromEntries(
    Object.entries(arrays).map(([key, { shape, classes }]) => {
      const { buffer, byteOffset, byteLength } = readFileSync(join(place, key))
      const bytes = buffer.slice(byteOffset, byteOffset + byteLength)
      return [key, { shape, data: classes === undefined ? new Float32Array(bytes) : new Int32Array(bytes) }]
    }),
  )
