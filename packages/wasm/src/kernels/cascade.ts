import { f32, f64, i32, local, type Local, v128 } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { FunctionBuilder, Term, ValueType } from '../assembly/function-builder.js'

/** Bytes of one value in a list of values of any kind. */
export const valueBytes = 16

/** Levels of a cascade: enough for 2^32 terms. */
export const cascadeLevels = 32

/**
 * Stores a value of any type.
 *
 * @param type - its type
 * @param address - where
 * @param value - the value
 * @param offset - bytes to add to the address
 */
export const storeValue = (type: ValueType, address: Term, value: Term, offset = 0): void => {
  address()
  value()
  if (type === 'v128') v128.store({ offset, align: 16 })
  else if (type === 'f32') f32.store({ offset })
  else if (type === 'f64') f64.store({ offset })
  else i32.store({ offset })
}

/**
 * Reads a value of any type.
 *
 * @param type - its type
 * @param address - where
 * @param offset - bytes to add to the address
 * @returns the value
 */
export const loadValue =
  (type: ValueType, address: Term, offset = 0): Term =>
  () => {
    address()
    if (type === 'v128') v128.load({ offset, align: 16 })
    else if (type === 'f32') f32.load({ offset })
    else if (type === 'f64') f64.load({ offset })
    else i32.load({ offset })
  }

/**
 * Sums block by block in pairs, so that rounding errors grow with the logarithm of the number of blocks: level k holds the
 * sum of 2^k blocks or nothing, as bit k of the count says.
 */
export class Cascade {
  readonly #builder: FunctionBuilder
  readonly #type: ValueType
  readonly #add: (x: Term, y: Term) => Term
  readonly #levels: Local<'i32'>
  readonly #count: Local<'i32'>

  /**
   * @param builder - the function under construction
   * @param type - type of the values
   * @param add - adds two of them
   * @param levels - byte address of room for the levels
   */
  constructor(builder: FunctionBuilder, type: ValueType, add: (x: Term, y: Term) => Term, levels: Term) {
    this.#builder = builder
    this.#type = type
    this.#add = add
    this.#levels = builder.local('i32')
    this.#count = builder.local('i32')
    levels()
    local.set(this.#levels)
    local.set(this.#count, i32.const(0))
  }

  /** Takes in the sum of a block, which is used up. */
  push(sum: Local): void {
    const builder = this.#builder
    builder.scope(() => {
      const level = builder.local('i32')
      const rest = builder.local('i32')
      local.set(level, this.#levels)
      local.set(rest, this.#count)
      builder.while(
        () => i32.and(rest, 1),
        () => {
          this.#add(
            loadValue(this.#type, () => local.get(level)),
            () => local.get(sum),
          )()
          local.set(sum)
          local.set(level, i32.add(level, valueBytes))
          local.set(rest, i32.shr_u(rest, 1))
        },
      )
      storeValue(
        this.#type,
        () => local.get(level),
        () => local.get(sum),
      )
    })
    local.set(this.#count, i32.add(this.#count, 1))
  }

  /** Adds up all blocks to a last one. */
  fold(sum: Local): void {
    const builder = this.#builder
    builder.scope(() => {
      const level = builder.local('i32')
      const rest = builder.local('i32')
      local.set(level, this.#levels)
      local.set(rest, this.#count)
      builder.while(
        () => local.get(rest),
        () => {
          i32.and(rest, 1)
          branch(() => {
            this.#add(
              loadValue(this.#type, () => local.get(level)),
              () => local.get(sum),
            )()
            local.set(sum)
          })
          local.set(level, i32.add(level, valueBytes))
          local.set(rest, i32.shr_u(rest, 1))
        },
      )
    })
  }
}
