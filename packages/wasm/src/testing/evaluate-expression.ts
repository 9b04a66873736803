import { type DType, type Expression, itemSize, type TypedArray, typedArrayOf } from '@chainrule/tensor'
import { i32, local, type Local } from 'wasmati'
import { buildFunction, type FunctionLibrary } from '../assembly/function-builder.js'
import { laneCount, makeLanes } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import { loadElements, storeElements } from '../assembly/memory-code.js'
import { ExpressionCode } from '../expression-code.js'
import type { WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'

/** Evaluates one expression over whole arrays. */
export type Evaluator = (inputs: readonly TypedArray[]) => TypedArray

/** Every dtype that occurs in an expression. */
const dtypesOf = (expression: Expression, found = new Set<DType>()): Set<DType> => {
  found.add(expression.dtype)
  if (expression.kind === 'scalar') for (const argument of expression.arguments) dtypesOf(argument, found)
  return found
}

/** Room for each operand, in bytes. */
const room = 1 << 20

/**
 * Compiles an expression to a loop over contiguous arrays, for tests of expressions and of their functions.
 *
 * @param expression - uses inputs and constants only
 * @param dtypes - of the inputs
 * @param features - what the code may use
 * @returns a function of arrays of one length
 */
export const compileExpression = (
  expression: Expression,
  dtypes: readonly DType[],
  features: WasmFeatures,
): Evaluator => {
  const library: FunctionLibrary = new Map()
  const count = laneCount(dtypesOf(expression), features)
  const outputAt = dtypes.length * room
  const run = buildFunction(library, ['i32', 'i32'], [], (builder, [first, last]) => {
    const lanes = makeLanes(builder, features, count)
    const place = first as Local<'i32'>
    const code = new ExpressionCode(lanes, {
      leaf: (leaf) => {
        if (leaf.kind !== 'input') throw new Error(`Got a leaf of kind ${leaf.kind}.`)
        const shift = Math.log2(itemSize(leaf.dtype))
        return loadElements(lanes, leaf.dtype, () => i32.shl(place, shift), leaf.input * room)
      },
      changesWith: () => 1,
    })
    builder.while(
      () => i32.lt_u(place, last as Local<'i32'>),
      () => {
        code.frame([expression], () => {
          const value = code.value(expression)
          const shift = Math.log2(itemSize(expression.dtype))
          storeElements(lanes, expression.dtype, () => i32.shl(place, shift), value, outputAt)
        })
        i32.const(count)
        readLocal(place)()
        i32.add()
        local.set(place)
      },
    )
  })
  const bytes = kernelModule({ ...features, threads: false }, { run })
  const memory = new WebAssembly.Memory({ initial: ((outputAt + room) >> 16) + 1, maximum: 65536 })
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { chainrule: { memory } })
  const call = instance.exports['run'] as (first: number, last: number) => void
  return (inputs) => {
    const length = inputs[0]?.length ?? 0
    inputs.forEach((values, position) => {
      const target = new (typedArrayOf(dtypes[position] ?? 'float32'))(memory.buffer, position * room, length)
      target.set(values)
    })
    call(0, length)
    return new (typedArrayOf(expression.dtype))(memory.buffer, outputAt, length).slice()
  }
}
