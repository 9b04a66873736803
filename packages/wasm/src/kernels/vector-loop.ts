import { i32, local, type Local } from 'wasmati'
import type { Term } from '../assembly/function-builder.js'
import type { Lanes } from '../assembly/lanes.js'

/** A pointer that moves along with a loop. */
export interface Stream {
  readonly pointer: Local<'i32'>
  /** Bytes from one element to the next (for a coordinate: what its value grows by). */
  readonly bytes: number | Term
}

/** The loops over the elements of a row that lie together. */
export interface VectorLoop {
  /** Elements, possibly none. */
  readonly count: Local<'i32'>
  readonly streams: readonly Stream[]
  /** How many vectors one turn of the main loop works off. */
  readonly unroll: number
  /** Emits code for vector number `vector` behind the pointers, all of whose lanes count. */
  full(vector: number): void
  /** Emits code for one vector at the pointers, of which only `left` lanes may count. */
  last(left: Local<'i32'>): void
}

/**
 * Moves pointers on.
 *
 * @param streams - the pointers
 * @param elements - by how many elements
 */
export const advanceStreams = (streams: readonly Stream[], elements: number): void => {
  for (const { pointer, bytes } of streams) {
    local.get(pointer)
    if (typeof bytes === 'number') i32.const(bytes * elements)
    else {
      bytes()
      i32.const(elements)
      i32.mul()
    }
    i32.add()
    local.set(pointer)
  }
}

/**
 * Emits the loops over the elements of a row: whole vectors several at a time, then one at a time to the end.
 *
 * @param lanes - the arithmetic
 * @param loop - what to emit
 */
export const vectorLoop = ({ builder, count }: Lanes, loop: VectorLoop): void => {
  builder.scope(() => {
    const left = builder.local('i32')
    local.set(left, loop.count)
    const together = loop.unroll * count
    if (loop.unroll > 1) {
      builder.while(
        () => i32.ge_u(left, together),
        () => {
          for (let vector = 0; vector < loop.unroll; vector++) loop.full(vector)
          advanceStreams(loop.streams, together)
          local.set(left, i32.sub(left, together))
        },
      )
    }
    builder.while(
      () => {
        // Below zero when the last vector had fewer elements than lanes.
        i32.const(0)
        local.get(left)
        i32.lt_s()
      },
      () => {
        loop.last(left)
        advanceStreams(loop.streams, count)
        local.set(left, i32.sub(left, count))
      },
    )
  })
}
