import { type Local } from 'wasmati'
import { buildFunction, type FunctionLibrary, type Term, type WasmFunction } from '../../assembly/function-builder.js'
import { add, increase, loadWord, mul, named, push, quotient, remainder, set, sub } from '../../assembly/words.js'

/**
 * Where things stand in the argument block of a contraction: the operands' addresses (inputs, then the output), words with
 * names, cells, for each operand a record, then the batch axes (size, then the stride of each operand). All in bytes.
 */
export interface ContractionLayout<Field extends string> {
  /** Operands in all. */
  readonly operands: number
  /** Byte position of a word with a name. */
  readonly at: Readonly<Record<Field, number>>
  readonly cellsAt: number
  /** Byte position of the first operand's record: where its address stands, offset, first stride, second stride. */
  readonly recordsAt: number
  readonly batchAt: number
}

/** Words of one operand's record. */
export const recordBytes = 16

/** Words that every contraction has besides its own. */
export type SharedField = 'sharedScratch' | 'batchRank'

/**
 * Lays out the argument block of a contraction.
 *
 * @param operands - how many operands it has
 * @param cells - how many cell slots
 * @param fields - names of the words
 * @returns the layout
 */
export const contractionLayout = <Field extends string>(
  operands: number,
  cells: number,
  fields: readonly Field[],
): ContractionLayout<Field | SharedField> => {
  const names = [...fields, 'sharedScratch', 'batchRank'] as const
  const at = Object.fromEntries(names.map((name, position) => [name, 4 * (operands + position)]))
  const cellsAt = (4 * (operands + names.length) + 7) & ~7
  const recordsAt = cellsAt + 8 * cells
  return {
    operands,
    at: at as Record<Field | SharedField, number>,
    cellsAt,
    recordsAt,
    batchAt: recordsAt + recordBytes * operands,
  }
}

/** Bytes of one batch axis. */
export const axisBytes = (operands: number): number => 4 * (1 + operands)

/**
 * The function that says where a matrix of a batch begins in an operand: `batchOffset(parameters, batch, operand)` in bytes.
 *
 * @param library - functions of the module
 * @param layout - of the argument block
 * @returns the function
 */
export const batchOffsetFunction = (
  library: FunctionLibrary,
  { operands, at, batchAt }: ContractionLayout<SharedField>,
): WasmFunction => {
  const known = library.get('batchOffset')
  if (known !== undefined) return known
  const built = buildFunction(library, ['i32', 'i32', 'i32'], ['i32'], (builder, locals) => {
    const [parameters, batch, operand] = locals as [Local, Local, Local]
    const rank = named(builder, loadWord(parameters, at.batchRank))
    const axis = named(builder, add(parameters, mul(rank, axisBytes(operands)), batchAt))
    const offset = named(builder, 0)
    const left = named(builder, rank)
    builder.while(
      () => {
        push(left)
      },
      () => {
        increase(left, -1)
        set(axis, sub(axis, axisBytes(operands)))
        const size = loadWord(axis, 0)
        increase(offset, mul(remainder(batch, size), loadWord(add(axis, mul(operand, 4)), 4)))
        set(batch, quotient(batch, size))
      },
    )
    push(offset)
  })
  library.set('batchOffset', built)
  return built
}

/** Byte address of the element of an operand where both of its coordinates are 0, without its batch. */
export const operandStart = (
  parameters: Local,
  { recordsAt }: Pick<ContractionLayout<never>, 'recordsAt'>,
  operand: number,
): Term => {
  const record = recordsAt + recordBytes * operand
  return add(loadWord(add(parameters, loadWord(parameters, record)), 0), loadWord(parameters, record + 4))
}

/** First (0) or second (1) stride of an operand. */
export const operandStride = (
  parameters: Local,
  { recordsAt }: Pick<ContractionLayout<never>, 'recordsAt'>,
  operand: number,
  which: 0 | 1,
): Term => loadWord(parameters, recordsAt + recordBytes * operand + 8 + 4 * which)
