import type { ByteSource } from './byte-source.js'

/** A stretch of a file: the bytes from `begin` up to `end`. */
export interface ByteRange {
  readonly begin: number
  readonly end: number
}

/**
 * How a format is read, apart from where the bytes come from: a generator that asks for ranges and is handed bytes of
 * its own. So each format has one reader, for bytes at hand (synchronous) and for files (asynchronous).
 */
export type Reading<Result> = Generator<ByteRange, Result, Uint8Array<ArrayBuffer>>

/** Runs a reading over bytes at hand. */
export function readBytes<Result>(bytes: Uint8Array, reading: Reading<Result>): Result {
  let step = reading.next()
  while (step.done !== true) step = reading.next(bytes.slice(step.value.begin, step.value.end))
  return step.value
}

/** Runs a reading over a source; a failed read is thrown into the reading, which may have something to give back. */
export async function readSource<Result>(source: ByteSource, reading: Reading<Result>): Promise<Result> {
  let step = reading.next()
  while (step.done !== true) {
    step = await source.read(step.value.begin, step.value.end).then(
      (bytes) => reading.next(bytes),
      (error: unknown) => reading.throw(error),
    )
  }
  return step.value
}
