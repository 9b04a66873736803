import { i32, if_, local, select, type Local } from 'wasmati'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'
import { limit } from './pieces.js'
import { axesAt, axisBytes, operandAt } from './space-record.js'

/** What code for a row has at hand. */
export interface WalkedRow {
  /** For each operand the byte address of its first element (the value itself for a coordinate). */
  readonly pointers: readonly Local<'i32'>[]
  /** For each operand the bytes from one element of the row to the next. */
  readonly steps: readonly Term[]
  /** Elements of the row. */
  readonly length: Local<'i32'>
  /** Most elements to be worked off at a time. */
  readonly pieceLength: Term
}

/** The arguments of a kernel's `run`. */
export interface RunArguments {
  readonly parameters: Local<'i32'>
  readonly scratch: Local<'i32'>
  readonly phase: Local<'i32'>
  readonly first: Local<'i32'>
  readonly last: Local<'i32'>
}

const word = (base: Local<'i32'>, offset: number): Term => {
  return () => {
    i32.load({ offset }, base)
  }
}

const set = (target: Local<'i32'>, term: Term): void => {
  term()
  local.set(target)
}

/**
 * Emits the loops around a row: over the chunks that the run was given, and over the rows of each. `space-record.ts` says
 * what they read.
 *
 * @param builder - the function under construction
 * @param run - its arguments
 * @param operandCount - how many operands are walked
 * @param firstRecord - byte address of the record of the first space
 * @param row - emits the code for one row
 */
export const walkSpaces = (
  builder: FunctionBuilder,
  { parameters, first, last }: Pick<RunArguments, 'parameters' | 'first' | 'last'>,
  operandCount: number,
  firstRecord: Term,
  row: (row: WalkedRow) => void,
): void => {
  const integer = (): Local<'i32'> => builder.local('i32')
  const record = integer()
  const [within, place, end, length, left, begin] = [integer(), integer(), integer(), integer(), integer(), integer()]
  const pointers = Array.from({ length: operandCount }, integer)
  const steps = pointers.map((_, operand) => word(record, operandAt(operand) + 8))
  const axes = axesAt(operandCount)

  /** Points every operand at the start of row `place`. */
  const locate = (): void => {
    builder.scope(() => {
      pointers.forEach((pointer, operand) => {
        // A coordinate has no address.
        const addressAt = builder.keep('i32', word(record, operandAt(operand)))
        i32.const(0)
        addressAt()
        local.get(parameters)
        i32.add()
        i32.load({})
        addressAt()
        i32.const(0)
        i32.lt_s()
        select()
        word(record, operandAt(operand) + 4)()
        i32.add()
        local.get(begin)
        steps[operand]?.()
        i32.mul()
        i32.add()
        local.set(pointer)
      })
      const rest = integer()
      const axis = integer()
      const count = integer()
      const size = integer()
      const at = integer()
      local.set(left, i32.const(1))
      local.set(rest, place)
      local.set(count, i32.const(0))
      local.set(axis, i32.add(record, axes))
      builder.while(
        () => {
          local.get(count)
          word(record, 28)()
          i32.lt_u()
        },
        () => {
          set(size, word(axis, 0))
          local.set(at, i32.rem_u(rest, size))
          local.set(rest, i32.div_u(rest, size))
          i32.eqz(count)
          if_(null, () => {
            local.set(left, i32.sub(size, at))
          })
          pointers.forEach((pointer, operand) => {
            local.get(pointer)
            local.get(at)
            word(axis, 4 + 4 * operand)()
            i32.mul()
            i32.add()
            local.set(pointer)
          })
          local.set(axis, i32.add(axis, axisBytes(operandCount)))
          local.set(count, i32.add(count, 1))
        },
      )
    })
  }

  set(record, firstRecord)
  builder.while(
    () => i32.lt_u(first, last),
    () => {
      builder.while(
        () => {
          local.get(first)
          word(record, 4)()
          i32.ge_u()
        },
        () => {
          local.get(record)
          word(record, 36)()
          i32.add()
          local.set(record)
        },
      )
      local.get(first)
      word(record, 0)()
      i32.sub()
      local.set(within)
      // The block of the inner axis, then the group of rows.
      local.get(within)
      word(record, 16)()
      i32.rem_u()
      word(record, 12)()
      i32.mul()
      local.set(begin)
      word(record, 8)()
      local.get(begin)
      i32.sub()
      local.set(length)
      limit(builder, length, word(record, 12))
      local.get(within)
      word(record, 16)()
      i32.div_u()
      word(record, 20)()
      i32.mul()
      local.set(place)
      local.get(place)
      word(record, 20)()
      i32.add()
      local.set(end)
      limit(builder, end, word(record, 24))
      local.set(left, i32.const(0))
      builder.while(
        () => i32.lt_u(place, end),
        () => {
          i32.eqz(left)
          if_(null, locate)
          builder.scope(() => {
            row({ pointers, steps, length, pieceLength: word(record, 32) })
          })
          local.set(place, i32.add(place, 1))
          local.set(left, i32.sub(left, 1))
          pointers.forEach((pointer, operand) => {
            local.get(pointer)
            word(record, axes + 4 + 4 * operand)()
            i32.add()
            local.set(pointer)
          })
        },
      )
      local.set(first, i32.add(first, 1))
    },
  )
}

