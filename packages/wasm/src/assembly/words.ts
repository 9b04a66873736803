import { block, br, br_if, call, i32, if_, type Local, local, loop, select } from 'wasmati'
import {
  buildFunction,
  type FunctionBuilder,
  type FunctionLibrary,
  type Term,
  type WasmFunction,
} from './function-builder.js'

/** A 32-bit integer in generated code: a local, a number, or code that pushes it. */
export type Word = Local | number | Term

/** Pushes a word. */
export const push = (word: Word): void => {
  if (typeof word === 'number') i32.const(word)
  else if (typeof word === 'function') word()
  else local.get(word)
}

const binary =
  (instruction: () => unknown) =>
  (x: Word, y: Word): Term =>
  () => {
    push(x)
    push(y)
    instruction()
  }

export const sub = binary(() => i32.sub())
/** Truncating division of words that are not negative. */
export const quotient = binary(() => i32.div_u())
/** Remainder of words that are not negative. */
export const remainder = binary(() => i32.rem_u())
export const and = binary(() => i32.and())
export const equal = binary(() => i32.eq())
export const notEqual = binary(() => i32.ne())
/** Signed comparison. (The signed `gt_s` of wasmati encodes the unsigned one.) */
export const less = binary(() => i32.lt_s())
export const lessEqual = binary(() => i32.le_s())
export const lessUnsigned = binary(() => i32.lt_u())

/** Sum of words. */
export const add = (...words: readonly Word[]): Term => {
  const known = words.reduce<number>((sum, word) => (typeof word === 'number' ? sum + word : sum), 0)
  const others = words.filter((word) => typeof word !== 'number')
  return () => {
    others.forEach((word, position) => {
      push(word)
      if (position > 0) i32.add()
    })
    if (others.length === 0) i32.const(known)
    else if (known !== 0) {
      i32.const(known)
      i32.add()
    }
  }
}

/** Product of words. */
export const mul = (x: Word, y: Word): Term => {
  if (typeof x === 'number' && typeof y === 'number') return () => i32.const(x * y)
  if (y === 1) return () => push(x)
  return () => {
    push(x)
    push(y)
    i32.mul()
  }
}

/** The smaller of two words, signed; both are pushed twice. */
export const minimum = (x: Word, y: Word): Term => {
  return () => {
    push(x)
    push(y)
    push(x)
    push(y)
    i32.lt_s()
    select()
  }
}

/** The larger of two words, signed; both are pushed twice. */
export const maximum = (x: Word, y: Word): Term => {
  return () => {
    push(y)
    push(x)
    push(x)
    push(y)
    i32.lt_s()
    select()
  }
}

/** The word at an address. */
export const loadWord =
  (address: Word, offset: number): Term =>
  () => {
    push(address)
    i32.load({ offset })
  }

/** Sets a local. */
export const set = (target: Local, word: Word): void => {
  push(word)
  local.set(target)
}

/** Adds to a local. */
export const increase = (target: Local, word: Word): void => {
  set(target, add(target, word))
}

/** Runs code where a condition holds, and other code where it does not. */
export const when = (condition: Word, then: () => void, otherwise?: () => void): void => {
  push(condition)
  if (otherwise === undefined) if_(null, then)
  else if_(null, then, otherwise)
}

/**
 * Counts a local from a word up to, not including, another one.
 *
 * @param counter - the local
 * @param from - where it starts
 * @param to - where it ends; evaluated at each turn, so it should be cheap
 * @param step - what is added at each turn
 * @param body - what to do
 */
export const countUp = (counter: Local, from: Word, to: Word, step: Word, body: () => void): void => {
  set(counter, from)
  block(null, (end) => {
    loop(null, (again) => {
      push(counter)
      push(to)
      i32.ge_s()
      br_if(end)
      body()
      increase(counter, step)
      br(again)
    })
  })
}

/** A local that is set at once. */
export const named = (builder: FunctionBuilder, word: Word): Local<'i32'> => {
  const target = builder.local('i32')
  set(target, word)
  return target
}

/**
 * Walks a length block by block. There is at least one block, of length 0 where there is nothing, so that sums over blocks are
 * always written.
 *
 * @param builder - of the function
 * @param total - the length; evaluated at each turn, so it should be cheap
 * @param size - of all blocks but the last; likewise
 * @param body - what to do with a block: where it begins, and how long it is
 */
export const eachBlock = (
  builder: FunctionBuilder,
  total: Word,
  size: Word,
  body: (from: Local<'i32'>, length: Local<'i32'>) => void,
): void => {
  const [from, length] = [named(builder, 0), builder.local('i32')]
  const turn = (): void => {
    set(length, minimum(size, sub(total, from)))
    body(from, length)
    increase(from, size)
  }
  builder.repeatWhile(turn, less(from, total))
}

/** So many of something. */
type Several<Count extends number, Item, Items extends readonly Item[] = readonly []> = Items['length'] extends Count
  ? Items
  : Several<Count, Item, readonly [...Items, Item]>

/**
 * A function that takes words and gives nothing.
 *
 * @param library - functions of the module
 * @param count - how many words it takes
 * @param body - emits the body; gets the builder and the arguments
 * @returns the function
 */
export const wordFunction = <const Count extends number>(
  library: FunctionLibrary,
  count: Count,
  body: (builder: FunctionBuilder, words: Several<Count, Local<'i32'>>) => void,
): WasmFunction =>
  buildFunction(library, new Array<'i32'>(count).fill('i32'), [], (builder, locals) => {
    body(builder, locals as unknown as Several<Count, Local<'i32'>>)
  })

/** Calls a function with words. */
export const callWith = (target: Parameters<typeof call>[0], words: readonly Word[]): void => {
  words.forEach(push)
  call(target)
}

/** The least multiple of a word that is no less than another one; both are not negative. */
export const roundUp = (word: Word, multiple: Word): Term => mul(quotient(add(word, multiple, -1), multiple), multiple)
