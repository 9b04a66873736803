import { call, type Local } from 'wasmati'
import type { FunctionBuilder, FunctionLibrary, Term } from '../../assembly/function-builder.js'
import {
  add,
  callWith,
  countUp,
  equal,
  increase,
  loadWord,
  minimum,
  mul,
  named,
  push,
  quotient,
  remainder,
  set,
  sub,
  when,
  type Word,
} from '../../assembly/words.js'
import type { WasmFeatures } from '../../kernel-code.js'
import { importedFunction, kernelModule } from '../../kernel-module.js'
import { batchOffsetFunction, operandStart, operandStride } from '../contraction/contraction-layout.js'
import { type Finish, finishFunction } from '../contraction/finish-code.js'
import { moveElement } from '../contraction/move-element.js'
import { runFunction } from '../run-function.js'
import { type LibraryField, libraryLayout } from './library-layout.js'
import { operandForm } from './operand-form.js'

const words = new Array<'i32'>(12).fill('i32')

/** The products of the library; see `MatrixProduct`. */
export const libraryProducts = {
  float32: importedFunction('sgemm', words, []),
  float64: importedFunction('dgemm', words, []),
} as const

export type LibraryDType = keyof typeof libraryProducts

/** A strided matrix, and where it is to lie row after row. */
interface PackedMatrix {
  readonly itemBytes: 4 | 8
  readonly source: Word
  readonly rowStride: Word
  readonly columnStride: Word
  readonly rows: Word
  readonly columns: Word
  readonly target: Word
  /** Elements from row to row of the target. */
  readonly leading: Word
}

/** Emits code that copies a matrix element by element. */
const packMatrix = (builder: FunctionBuilder, matrix: PackedMatrix): void => {
  const [i, j] = [builder.local('i32'), builder.local('i32')]
  const [row, start] = [named(builder, matrix.source), named(builder, matrix.target)]
  const [source, target] = [builder.local('i32'), builder.local('i32')]
  countUp(i, 0, matrix.rows, 1, () => {
    set(source, row)
    set(target, start)
    countUp(j, 0, matrix.columns, 1, () => {
      moveElement(matrix.itemBytes, source, target)
      increase(source, matrix.columnStride)
      increase(target, matrix.itemBytes)
    })
    increase(row, matrix.rowStride)
    increase(start, mul(matrix.leading, matrix.itemBytes))
  })
}

/**
 * The module of a matrix product whose sums a native library computes: for each block of C one call, then the epilogue.
 *
 * @param dtype - of the operands
 * @param finish - what is done with the sums
 * @param features - of the engine
 * @returns its bytes
 */
export const libraryModule = (dtype: LibraryDType, finish: Finish, features: WasmFeatures): Uint8Array<ArrayBuffer> => {
  const library: FunctionLibrary = new Map()
  const layout = libraryLayout(finish.inputs.length, finish.leaves)
  const batchOffset = batchOffsetFunction(library, layout.records)
  const finishBlock = finishFunction(library, features, layout, finish)
  const itemBytes = dtype === 'float64' ? 8 : 4
  const output = layout.records.operands - 1
  const run = runFunction((builder, { parameters, scratch, first, last }) => {
    const records = named(builder, add(parameters, layout.recordsAt))
    const field = (name: LibraryField): Term => loadWord(parameters, layout.at[name])
    const stride = (operand: number, which: 0 | 1): Term => operandStride(records, operand, which)
    const matrix = (operand: number, batch: Local): Term =>
      add(operandStart(parameters, records, operand), () => {
        callWith(batchOffset, [records, batch, operand])
      })
    /** An operand of the library: its form, address and leading dimension; packed to scratch if need be. */
    const passed = (
      form: Local,
      leading: Local,
      source: Term,
      strides: readonly [Term, Term],
      sizes: readonly [Word, Word],
      target: Word,
    ): Local => {
      const address = named(builder, source)
      when(equal(form, operandForm.packed), () => {
        const [rowStride, columnStride] = [named(builder, strides[0]), named(builder, strides[1])]
        const [rows, columns] = sizes
        packMatrix(builder, { itemBytes, source: address, rowStride, columnStride, rows, columns, target, leading })
        set(address, target)
      })
      return address
    }
    const [index, inner] = [builder.local('i32'), named(builder, field('inner'))]
    const [leftForm, rightForm] = [named(builder, field('leftForm')), named(builder, field('rightForm'))]
    const [leftLeading, rightLeading] = [named(builder, field('leftLeading')), named(builder, field('rightLeading'))]
    const [isDirect, targetLeading] = [named(builder, field('isDirect')), named(builder, field('targetLeading'))]
    const end = named(builder, minimum(mul(last, field('itemsPerChunk')), field('items')))
    countUp(index, mul(first, field('itemsPerChunk')), end, 1, () => {
      builder.scope(() => {
        const rest = named(builder, quotient(index, field('columnBlocks')))
        const column = named(builder, mul(remainder(index, field('columnBlocks')), field('blockColumns')))
        const row = named(builder, mul(remainder(rest, field('rowBlocks')), field('blockRows')))
        const batch = named(builder, quotient(rest, field('rowBlocks')))
        const rows = named(builder, minimum(field('blockRows'), sub(field('rows'), row)))
        const columns = named(builder, minimum(field('blockColumns'), sub(field('columns'), column)))
        const leftSource = add(matrix(0, batch), mul(row, stride(0, 0)))
        const rightSource = add(matrix(1, batch), mul(column, stride(1, 1)))
        const left = passed(leftForm, leftLeading, leftSource, [stride(0, 0), stride(0, 1)], [rows, inner], scratch)
        const rightTarget = named(builder, add(scratch, field('rightAt')))
        const rightStrides = [stride(1, 0), stride(1, 1)] as const
        const right = passed(rightForm, rightLeading, rightSource, rightStrides, [inner, columns], rightTarget)
        const target = named(builder, add(scratch, field('sumsAt')))
        when(isDirect, () => {
          set(target, add(matrix(output, batch), mul(row, stride(output, 0)), mul(column, itemBytes)))
        })
        for (const word of [
          equal(leftForm, operandForm.transposed),
          equal(rightForm, operandForm.transposed),
          rows,
          columns,
          inner,
          left,
          leftLeading,
          right,
          rightLeading,
          0,
          target,
          targetLeading,
        ]) {
          push(word)
        }
        call(libraryProducts[dtype])
        when(equal(isDirect, 0), () => {
          const sumsStride = mul(targetLeading, itemBytes)
          const spare = add(scratch, field('spareAt'))
          callWith(finishBlock, [parameters, records, spare, target, sumsStride, batch, row, column, rows, columns])
        })
      })
    })
  }, library)
  return kernelModule(features, { run })
}
