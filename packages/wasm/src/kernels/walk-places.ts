import { i32, local, select, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'
import { axisBytes } from './space-record.js'

/** An operand and where it is at the first place. */
export interface PlacedOperand {
  /** Its position among all operands of the record. */
  readonly operand: number
  readonly base: Term
}

/** Places of some axes, counted row-major. */
export interface Places {
  /** Byte address of the axes: for each, innermost first, its size and the step of each operand of the record. */
  readonly axes: Term
  readonly axisCount: Term
  readonly operandCount: number
  readonly operands: readonly PlacedOperand[]
  readonly from: Term
  readonly to: Term
}

/**
 * Emits a loop over places of some axes. Pointers are found by division once, and again whenever the innermost axis has
 * been walked to its end; in between they step along.
 *
 * @param builder - the function under construction
 * @param places - which places, and which operands walk along
 * @param body - emits the code for one place; gets the pointers and the number of the place
 */
export const walkPlaces = (
  builder: FunctionBuilder,
  { axes, axisCount, operandCount, operands, from, to }: Places,
  body: (pointers: readonly Local<'i32'>[], place: Local<'i32'>) => void,
): void => {
  builder.scope(() => {
    const integer = (): Local<'i32'> => builder.local('i32')
    const [place, end, left, table] = [integer(), integer(), integer(), integer()]
    const pointers = operands.map(integer)
    const set = (target: Local<'i32'>, term: Term): void => {
      term()
      local.set(target)
    }
    const locate = (): void => {
      builder.scope(() => {
        const [rest, axis, count, size, at] = [integer(), integer(), integer(), integer(), integer()]
        operands.forEach(({ base }, index) => {
          const pointer = pointers[index]
          if (pointer !== undefined) set(pointer, base)
        })
        local.set(left, i32.const(1))
        local.set(rest, place)
        set(count, axisCount)
        local.set(axis, table)
        local.get(count)
        branch(() => {
          // Steps of the innermost axis are counted down; it is the first.
          local.set(left, i32.const(0))
        })
        builder.while(
          () => local.get(count),
          () => {
            set(size, () => i32.load({}, axis))
            local.set(at, i32.rem_u(rest, size))
            local.set(rest, i32.div_u(rest, size))
            i32.eqz(left)
            branch(() => {
              local.set(left, i32.sub(size, at))
            })
            operands.forEach(({ operand }, index) => {
              const pointer = pointers[index]
              if (pointer === undefined) return
              local.get(pointer)
              local.get(at)
              i32.load({ offset: 4 + 4 * operand }, axis)
              i32.mul()
              i32.add()
              local.set(pointer)
            })
            local.set(axis, i32.add(axis, axisBytes(operandCount)))
            local.set(count, i32.sub(count, 1))
          },
        )
      })
    }
    set(place, from)
    set(end, to)
    set(table, axes)
    local.set(left, i32.const(0))
    builder.while(
      () => i32.lt_u(place, end),
      () => {
        i32.eqz(left)
        branch(locate)
        builder.scope(() => {
          body(pointers, place)
        })
        local.set(place, i32.add(place, 1))
        local.set(left, i32.sub(left, 1))
        operands.forEach(({ operand }, index) => {
          const pointer = pointers[index]
          if (pointer === undefined) return
          local.get(pointer)
          i32.load({ offset: 4 + 4 * operand }, table)
          i32.add()
          local.set(pointer)
        })
      },
    )
  })
}

/** Byte address of an operand's first element, by the words of its record; for a coordinate its first value. */
export const operandBase =
  (parameters: Local<'i32'>, record: Local<'i32'>, wordsAt: number): Term =>
  () => {
    // A coordinate has no address: its position is −1, and what is read there is not used.
    i32.const(0)
    i32.load({ offset: wordsAt }, record)
    local.get(parameters)
    i32.add()
    i32.load({})
    i32.load({ offset: wordsAt }, record)
    i32.const(0)
    i32.lt_s()
    select()
    i32.load({ offset: wordsAt + 4 }, record)
    i32.add()
  }
