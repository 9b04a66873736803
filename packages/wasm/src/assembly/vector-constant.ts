import { v128 } from 'wasmati'
import type { FunctionBuilder, Term } from './function-builder.js'

/** Kinds of numbers that can stand in every lane of a vector. */
export type LaneKind = 'i32' | 'i64' | 'f32' | 'f64'

const bytes = new Uint8Array(8)
const data = new DataView(bytes.buffer)

const writers: Record<LaneKind, (value: number | bigint) => number> = {
  i32: (value) => (data.setInt32(0, Number(value), true), 4),
  i64: (value) => (data.setBigInt64(0, BigInt(value), true), 8),
  f32: (value) => (data.setFloat32(0, Number(value), true), 4),
  f64: (value) => (data.setFloat64(0, Number(value), true), 8),
}

type SixteenBytes = Parameters<typeof v128.const<'i8x16'>>[1]

/** Pushes a vector with the given bytes. (wasmati refuses negative integers in its wider lane forms.) */
export const pushBytes = (sixteen: readonly number[]): void => {
  v128.const('i8x16', sixteen as unknown as SixteenBytes)
}

/**
 * A vector with the same number in every lane, kept in a local of the function.
 *
 * @param builder - the function under construction
 * @param kind - kind of the number; floats are rounded to it, integers wrap
 * @param value - the number
 * @returns a term that reads the vector
 */
export const vectorConstant = (builder: FunctionBuilder, kind: LaneKind, value: number | bigint): Term => {
  const size = writers[kind](value)
  const sixteen = Array.from({ length: 16 }, (_, i) => bytes[i % size] ?? 0)
  return builder.constant(`v128:${sixteen.join()}`, 'v128', () => {
    pushBytes(sixteen)
  })
}
