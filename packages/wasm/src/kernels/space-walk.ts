import { i32, local, type Local } from 'wasmati'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'
import { limit } from './pieces.js'
import { axesAt, operandAt } from './space-record.js'
import { operandBase, walkPlaces } from './walk-places.js'

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

/** The i32 `offset` bytes behind an address. */
export const wordAt =
  (base: Local<'i32'>, offset: number): Term =>
  () => {
    i32.load({ offset }, base)
  }

/**
 * Byte address of the first record of the phase that runs, which a table in the parameters gives.
 *
 * @param run - arguments of the kernel
 * @param tableAt - byte position in the parameters where the position of the table is said
 * @returns the address
 */
export const recordOfPhase =
  ({ parameters, phase }: Pick<RunArguments, 'parameters' | 'phase'>, tableAt: number): Term =>
  () => {
    local.get(parameters)
    i32.load({ offset: tableAt }, parameters)
    i32.add()
    i32.shl(phase, 2)
    i32.add()
    i32.load({})
    local.get(parameters)
    i32.add()
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
  const record = builder.local('i32')
  const within = builder.local('i32')
  const begin = builder.local('i32')
  const length = builder.local('i32')
  const end = builder.local('i32')
  const steps = Array.from({ length: operandCount }, (_, operand) => wordAt(record, operandAt(operand) + 8))
  firstRecord()
  local.set(record)
  builder.while(
    () => i32.lt_u(first, last),
    () => {
      builder.while(
        () => {
          local.get(first)
          i32.load({ offset: 4 }, record)
          i32.ge_u()
        },
        () => {
          local.get(record)
          i32.load({ offset: 36 }, record)
          i32.add()
          local.set(record)
        },
      )
      local.get(first)
      i32.load({}, record)
      i32.sub()
      local.set(within)
      // The block of the inner axis, then the group of rows.
      local.get(within)
      i32.load({ offset: 16 }, record)
      i32.rem_u()
      i32.load({ offset: 12 }, record)
      i32.mul()
      local.set(begin)
      i32.load({ offset: 8 }, record)
      local.get(begin)
      i32.sub()
      local.set(length)
      limit(builder, length, wordAt(record, 12))
      local.get(within)
      i32.load({ offset: 16 }, record)
      i32.div_u()
      i32.load({ offset: 20 }, record)
      i32.mul()
      local.tee(within)
      i32.load({ offset: 20 }, record)
      i32.add()
      local.set(end)
      limit(builder, end, wordAt(record, 24))
      walkPlaces(
        builder,
        {
          axes: () => i32.add(record, axesAt(operandCount)),
          axisCount: wordAt(record, 28),
          operandCount,
          operands: steps.map((step, operand) => ({
            operand,
            base: () => {
              operandBase(parameters, record, operandAt(operand))()
              local.get(begin)
              step()
              i32.mul()
              i32.add()
            },
          })),
          from: () => local.get(within),
          to: () => local.get(end),
        },
        (pointers) => {
          row({ pointers, steps, length, pieceLength: wordAt(record, 32) })
        },
      )
      local.set(first, i32.add(first, 1))
    },
  )
}
