import { i32, i32x4, i64, i64x2, i8x16, local, type Local, v128 } from 'wasmati'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'

/** Multipliers of the rounds and what the key grows by from round to round (Salmon et al., 2011). */
const multipliers = [0xd2511f53, 0xcd9e8d57] as const
const weyl = [0x9e3779b9, 0xbb67ae85] as const
const rounds = 10

type SixteenLanes = Parameters<typeof i8x16.shuffle>[0]

/** Bytes of a vector made of four 32-bit lanes of two others (0 … 3 of the first, 4 … 7 of the second). */
const words = (...lanes: readonly number[]): SixteenLanes =>
  lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))

const shuffle = (x: Term, y: Term, lanes: SixteenLanes): Term => {
  return () => {
    x()
    y()
    i8x16.shuffle(lanes)
  }
}

/** Key and counter of the first block, as 64-bit numbers. */
export interface PhiloxStart {
  readonly key: Local<'i64'>
  readonly counter: Local<'i64'>
}

const splatWord = (value: Local<'i64'>, isHigh: boolean): Term => {
  return () => {
    local.get(value)
    if (isHigh) {
      i64.const(32n)
      i64.shr_u()
    }
    i32.wrap_i64()
    i32x4.splat()
  }
}

/**
 * Emits Philox-4x32-10 for four blocks at once: lane b of a vector belongs to block b.
 *
 * @param builder - the function under construction
 * @param start - key, and counter of the first of the four blocks
 * @returns the four vectors of results, one for each block
 */
const fourBlocks = (builder: FunctionBuilder, { key, counter }: PhiloxStart): readonly Term[] => {
  const keep = (term: Term): Term => builder.keep('v128', term)
  const vector = (): Local<'v128'> => builder.local('v128')
  const counterPair = (first: bigint): Term =>
    keep(() => {
      local.get(counter)
      i64x2.splat()
      v128.const('i64x2', [first, first + 1n])
      i64x2.add()
    })
  const [low, high] = [counterPair(0n), counterPair(2n)]
  const state = [vector(), vector(), vector(), vector()] as const
  const keys = [vector(), vector()] as const
  const get = (source: Local<'v128'>): Term => {
    return () => {
      local.get(source)
    }
  }
  const set = (target: Local<'v128'>, term: Term): void => {
    term()
    local.set(target)
  }
  set(state[0], shuffle(low, high, words(0, 2, 4, 6)))
  set(state[1], shuffle(low, high, words(1, 3, 5, 7)))
  set(state[2], () => v128.const('i32x4', [0, 0, 0, 0]))
  set(state[3], () => v128.const('i32x4', [0, 0, 0, 0]))
  set(keys[0], splatWord(key, false))
  set(keys[1], splatWord(key, true))
  const factors = multipliers.map((multiplier) =>
    keep(() => {
      i32.const(multiplier)
      i32x4.splat()
    }),
  )
  for (let round = 0; round < rounds; round++) {
    const halves = ([0, 2] as const).map((word, at) => {
      const factor = factors[at] ?? (() => undefined)
      const source = state[word]
      const lower = keep(() => {
        local.get(source)
        factor()
        i64x2.extmul_low_i32x4_u()
      })
      const upper = keep(() => {
        local.get(source)
        factor()
        i64x2.extmul_high_i32x4_u()
      })
      return {
        low: keep(shuffle(lower, upper, words(0, 2, 4, 6))),
        high: keep(shuffle(lower, upper, words(1, 3, 5, 7))),
      }
    })
    const [first, second] = halves
    if (first === undefined || second === undefined) throw new Error('A round has two products.')
    const mix = (target: Local<'v128'>, product: Term, word: Local<'v128'>, roundKey: Local<'v128'>): void => {
      set(target, () => {
        product()
        local.get(word)
        v128.xor()
        local.get(roundKey)
        v128.xor()
      })
    }
    mix(state[0], second.high, state[1], keys[0])
    mix(state[2], first.high, state[3], keys[1])
    set(state[1], second.low)
    set(state[3], first.low)
    if (round === rounds - 1) break
    keys.forEach((roundKey, at) => {
      set(roundKey, () => {
        local.get(roundKey)
        i32.const(weyl[at] ?? 0)
        i32x4.splat()
        i32x4.add()
      })
    })
  }
  // From a lane for each block to a vector for each block.
  const [a, b, c, d] = state.map(get)
  if (!a || !b || !c || !d) throw new Error('Philox has four words.')
  const lowAB = keep(shuffle(a, b, words(0, 4, 1, 5)))
  const highAB = keep(shuffle(a, b, words(2, 6, 3, 7)))
  const lowCD = keep(shuffle(c, d, words(0, 4, 1, 5)))
  const highCD = keep(shuffle(c, d, words(2, 6, 3, 7)))
  return [
    shuffle(lowAB, lowCD, words(0, 1, 4, 5)),
    shuffle(lowAB, lowCD, words(2, 3, 6, 7)),
    shuffle(highAB, highCD, words(0, 1, 4, 5)),
    shuffle(highAB, highCD, words(2, 3, 6, 7)),
  ]
}

/** The same for one block, in plain numbers. */
const oneBlock = (builder: FunctionBuilder, { key, counter }: PhiloxStart): readonly Local<'i32'>[] => {
  const integer = (): Local<'i32'> => builder.local('i32')
  const state = [integer(), integer(), integer(), integer()] as const
  const keys = [integer(), integer()] as const
  const products = [builder.local('i64'), builder.local('i64')] as const
  const word = (source: Local<'i64'>, isHigh: boolean): void => {
    local.get(source)
    if (isHigh) {
      i64.const(32n)
      i64.shr_u()
    }
    i32.wrap_i64()
  }
  const set = (target: Local<'i32'>, source: Local<'i64'>, isHigh: boolean): void => {
    word(source, isHigh)
    local.set(target)
  }
  set(state[0], counter, false)
  set(state[1], counter, true)
  local.set(state[2], i32.const(0))
  local.set(state[3], i32.const(0))
  set(keys[0], key, false)
  set(keys[1], key, true)
  for (let round = 0; round < rounds; round++) {
    products.forEach((product, at) => {
      local.get(state[at === 0 ? 0 : 2])
      i64.extend_i32_u()
      i64.const(BigInt(multipliers[at] ?? 0))
      i64.mul()
      local.set(product)
    })
    const mix = (target: Local<'i32'>, product: Local<'i64'>, other: Local<'i32'>, roundKey: Local<'i32'>): void => {
      word(product, true)
      local.get(other)
      i32.xor()
      local.get(roundKey)
      i32.xor()
      local.set(target)
    }
    mix(state[0], products[1], state[1], keys[0])
    mix(state[2], products[0], state[3], keys[1])
    set(state[1], products[1], false)
    set(state[3], products[0], false)
    keys.forEach((roundKey, at) => {
      local.set(roundKey, i32.add(roundKey, (weyl[at] ?? 0) | 0))
    })
  }
  return state
}

/**
 * Emits a loop that writes the words of consecutive blocks.
 *
 * @param builder - the function under construction
 * @param isVector - whether there is SIMD
 * @param start - key, and counter of the first block; the counter is moved on
 * @param target - byte address; moved on
 * @param blocks - how many blocks, rounded up to four with SIMD (there must be room)
 */
export const writePhilox = (
  builder: FunctionBuilder,
  isVector: boolean,
  start: PhiloxStart,
  target: Local<'i32'>,
  blocks: Local<'i32'>,
): void => {
  const together = isVector ? 4 : 1
  builder.scope(() => {
    const left = builder.local('i32')
    local.set(left, blocks)
    builder.while(
      () => {
        i32.const(0)
        local.get(left)
        i32.lt_s()
      },
      () => {
        builder.scope(() => {
          if (isVector) {
            fourBlocks(builder, start).forEach((results, at) => {
              local.get(target)
              results()
              v128.store({ offset: 16 * at, align: 16 })
            })
          } else {
            oneBlock(builder, start).forEach((result, at) => {
              i32.store({ offset: 4 * at }, target, result)
            })
          }
        })
        local.set(start.counter, i64.add(start.counter, BigInt(together)))
        local.set(target, i32.add(target, 16 * together))
        local.set(left, i32.sub(left, together))
      },
    )
  })
}
