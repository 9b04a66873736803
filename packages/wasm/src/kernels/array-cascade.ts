import { i32, local, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import { readLocal } from '../assembly/library-function.js'
import type { StageCode } from './row-layout.js'
import { acrossBytes, type RowArray, type RowArrays } from './row-arrays.js'

/** Sums arrays block by block in pairs, as `Cascade` does single values. */
export class ArrayCascade {
  readonly #rows: RowArrays
  readonly #stage: StageCode
  readonly #count: Local<'i32'>

  constructor(rows: RowArrays, stage: StageCode) {
    this.#rows = rows
    this.#stage = stage
    this.#count = rows.row.builder.local('i32')
    local.set(this.#count, i32.const(0))
  }

  /** Takes in an array, which is used up. */
  push(sum: RowArray): void {
    this.#climb(sum, (rest) => i32.and(rest, 1), false)
    local.set(this.#count, i32.add(this.#count, 1))
  }

  /** Adds all blocks to an array. */
  fold(sum: RowArray): void {
    this.#climb(sum, (rest) => local.get(rest), true)
  }

  #climb(sum: RowArray, goesOn: (rest: Local<'i32'>) => void, isFold: boolean): void {
    const { builder } = this.#rows.row
    builder.scope(() => {
      const level = builder.local('i32')
      const rest = builder.local('i32')
      const array: RowArray = { dtype: sum.dtype, address: readLocal(level) }
      this.#rows.levels()
      local.set(level)
      local.set(rest, this.#count)
      builder.while(
        () => {
          goesOn(rest)
        },
        () => {
          if (isFold) {
            i32.and(rest, 1)
            branch(() => {
              this.#rows.mergeArrays(this.#stage, [array], [sum])
            })
          } else this.#rows.mergeArrays(this.#stage, [array], [sum])
          local.set(level, i32.add(level, acrossBytes))
          local.set(rest, i32.shr_u(rest, 1))
        },
      )
      if (!isFold) this.#rows.copyArrays([sum], [array])
    })
  }
}
