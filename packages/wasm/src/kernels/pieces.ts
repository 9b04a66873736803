import { i32, local, select, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'
import { copyElements } from './strided-copy.js'

/** An operand that is walked along a row. */
export interface PieceOperand {
  readonly role: 'read' | 'write' | 'coordinate'
  readonly itemSize: number
  /** Byte address of its first element (the value itself for a coordinate). */
  readonly start: Local<'i32'>
  /** Bytes from one element to the next. */
  readonly step: Term
  /** Bytes from the start of the scratch to its room there, for one piece. */
  readonly scratchAt: number
}

/** What code for a piece has at hand: a pointer to the first element of each operand, and how many there are. */
export type PieceBody = (pointers: readonly Local<'i32'>[], count: Local<'i32'>) => void

/** The pieces of one row. */
export interface Pieces {
  readonly operands: readonly PieceOperand[]
  /** Elements of the row. */
  readonly length: Local<'i32'>
  /** Most elements of a piece. */
  readonly pieceLength: Term
  readonly scratch: Local<'i32'>
}

/**
 * Emits a loop over the pieces of a row. In a piece all operands lie together: those that do not (gaps, backwards,
 * repeated) are copied to scratch before, and results copied back after.
 *
 * @param builder - the function under construction
 * @param pieces - the row
 * @param body - emits the code for one piece
 */
export const forEachPiece = (
  builder: FunctionBuilder,
  { operands, length, pieceLength, scratch }: Pieces,
  body: PieceBody,
): void => {
  builder.scope(() => {
    const done = builder.local('i32')
    const count = builder.local('i32')
    const pointers = operands.map(() => builder.local('i32'))
    const there =
      ({ start, step }: PieceOperand): Term =>
      () => {
        local.get(start)
        local.get(done)
        step()
        i32.mul()
        i32.add()
      }
    const room =
      ({ scratchAt }: PieceOperand): Term =>
      () => {
        i32.add(scratch, scratchAt)
      }
    const ifApart = ({ step, itemSize }: PieceOperand, then: () => void): void => {
      step()
      i32.const(itemSize)
      i32.ne()
      branch(then)
    }
    local.set(done, i32.const(0))
    builder.while(
      () => i32.lt_u(done, length),
      () => {
        local.set(count, i32.sub(length, done))
        limit(builder, count, pieceLength)
        operands.forEach((operand, at) => {
          const pointer = pointers[at]
          if (pointer === undefined) return
          there(operand)()
          local.set(pointer)
          if (operand.role === 'coordinate') return
          ifApart(operand, () => {
            if (operand.role === 'read') {
              const from = { address: there(operand), step: operand.step }
              const to = { address: room(operand), step: () => i32.const(operand.itemSize) }
              copyElements(builder, operand.itemSize, from, to, count)
            }
            room(operand)()
            local.set(pointer)
          })
        })
        builder.scope(() => {
          body(pointers, count)
        })
        for (const operand of operands) {
          if (operand.role !== 'write') continue
          ifApart(operand, () => {
            const from = { address: room(operand), step: () => i32.const(operand.itemSize) }
            copyElements(builder, operand.itemSize, from, { address: there(operand), step: operand.step }, count)
          })
        }
        local.set(done, i32.add(done, count))
      },
    )
  })
}

/** target = min(target, limit), unsigned. */
export const limit = (builder: FunctionBuilder, target: Local<'i32'>, most: Term): void => {
  const bound = builder.keep('i32', most)
  local.get(target)
  bound()
  local.get(target)
  bound()
  i32.lt_u()
  select()
  local.set(target)
}
