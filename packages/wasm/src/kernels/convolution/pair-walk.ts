import type { Local } from 'wasmati'
import type { FunctionBuilder } from '../../assembly/function-builder.js'
import { add, equal, increase, loadWord, mul, named, quotient, remainder, set, when } from '../../assembly/words.js'

/**
 * Taps: the places of a kernel that take part. A table in the argument block has for each the offset of its weight and the
 * offset of what it sees in a window, in bytes.
 */
export const tapBytes = { weight: 0, source: 4, size: 8 } as const

/** Walks (channel, tap) pairs in order, and keeps the byte offset of the pair up to date. */
export interface PairWalk {
  /** Offset of the current pair from the start of the first plane. */
  readonly offset: Local
  readonly next: () => void
}

/**
 * Emits a walk over (channel, tap) pairs.
 *
 * @param builder - the function under construction
 * @param table - byte address of the taps
 * @param taps - how many there are
 * @param channelBytes - bytes from channel to channel
 * @param field - which offset of a tap counts, of `tapBytes`
 * @param firstPair - number of the first pair, channel · taps + tap
 * @returns where the current pair is, and how to go on
 */
export const walkPairs = (
  builder: FunctionBuilder,
  table: Local,
  taps: Local,
  channelBytes: Local,
  field: number,
  firstPair: Local,
): PairWalk => {
  const end = named(builder, add(table, mul(taps, tapBytes.size)))
  const channel = named(builder, mul(quotient(firstPair, taps), channelBytes))
  const entry = named(builder, add(table, mul(remainder(firstPair, taps), tapBytes.size)))
  const offset = builder.local('i32')
  const update = (): void => {
    set(offset, add(channel, loadWord(entry, field)))
  }
  update()
  return {
    offset,
    next: () => {
      increase(entry, tapBytes.size)
      when(equal(entry, end), () => {
        set(entry, table)
        increase(channel, channelBytes)
      })
      update()
    },
  }
}
