import { type DType, type Expression, itemSize } from '@chainrule/tensor'
import { call, i32, i32x4, if_, type Local, local, v128 } from 'wasmati'
import { loadCell, splatNumber } from '../../assembly/cell-code.js'
import {
  buildFunction,
  type FunctionBuilder,
  type FunctionLibrary,
  type Term,
  type WasmFunction,
} from '../../assembly/function-builder.js'
import { laneCount, type Lanes, makeLanes } from '../../assembly/lanes.js'
import { readLocal } from '../../assembly/library-function.js'
import { loadElement, loadElements, storeElement, storeElements } from '../../assembly/memory-code.js'
import {
  add,
  and,
  countUp,
  equal,
  increase,
  less,
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
} from '../../assembly/words.js'
import { ExpressionCode, type Leaf } from '../../expression-code.js'
import type { WasmFeatures } from '../../kernel-code.js'
import type { Leaves } from '../expression-leaves.js'
import {
  axisBytes,
  batchOffsetFunction,
  type ContractionLayout,
  operandStart,
  operandStride,
  type SharedField,
} from './contraction-layout.js'

/** What is done with the sums of a contraction before they are stored. */
export interface Finish {
  /** Stage 0 is the sum. */
  readonly expression: Expression
  readonly leaves: Leaves
  /** Dtype of the sums. */
  readonly dtype: DType
  /** Dtypes of the operands of the expression. */
  readonly inputs: readonly DType[]
  /** Position of the first of them among the operands; the output comes last. */
  readonly firstInput: number
  /** Batch axes, where the expression uses coordinates: its axes are these, rows, columns. */
  readonly batchRank: number
}

/** Bytes of scratch in which elements of one operand are gathered. */
const gatherBytes = 64

/** Scratch that finishing needs, whatever the sizes. */
export const finishScratchBytes = ({ inputs }: Pick<Finish, 'inputs'>): number =>
  gatherBytes * Math.max(1, inputs.length)

/** Levels of `ExpressionCode`. */
const level = { function: 0, row: 1, element: 2 } as const

/** Locals of one operand: where it is, and its steps in bytes. */
interface Walker {
  readonly start: Local
  readonly pointer: Local
  readonly rowStride: Local
  readonly columnStride: Local
}

const makeWalker = (builder: FunctionBuilder): Walker => ({
  start: builder.local('i32'),
  pointer: builder.local('i32'),
  rowStride: builder.local('i32'),
  columnStride: builder.local('i32'),
})

const copyBytes = (size: number, from: Local, to: Local, offset: number): void => {
  local.get(to)
  local.get(from)
  if (size === 1) {
    i32.load8_u({})
    i32.store8({ offset })
    return
  }
  i32.load({})
  i32.store({ offset })
  if (size === 8) {
    local.get(to)
    local.get(from)
    i32.load({ offset: 4 })
    i32.store({ offset: offset + 4 })
  }
}

/**
 * The function that finishes a block of sums:
 * `finish(parameters, spare, sums, sumsStride, batch, firstRow, firstColumn, rows, columns)` stores the expression of each
 * sum (and of the operands at its place) to the output. `spare` is scratch of `finishScratchBytes`; `sumsStride` the bytes
 * from row to row of the sums, which are readable up to a whole vector.
 *
 * @param library - functions of the module
 * @param features - of the engine
 * @param layout - of the argument block
 * @param finish - what to do
 * @returns the function
 */
export const finishFunction = (
  library: FunctionLibrary,
  features: WasmFeatures,
  layout: ContractionLayout<SharedField>,
  finish: Finish,
): WasmFunction => {
  const batchOffset = batchOffsetFunction(library, layout)
  return buildFunction(library, new Array<'i32'>(9).fill('i32'), [], (builder, locals) => {
    const [parameters, spare, sums, sumsStride, batch, firstRow, firstColumn, rows, columns] = locals as [
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
    ]
    const { expression, leaves, inputs, firstInput } = finish
    const lanes: Lanes = makeLanes(builder, features, laneCount([...leaves.dtypes, finish.dtype, ...inputs], features))
    const { count } = lanes
    const output = makeWalker(builder)
    const walkers = inputs.map(() => makeWalker(builder))
    const used = leaves.inputs.map((input) => ({ operand: firstInput + input, walker: walkers[input] ?? output }))
    for (const { operand, walker } of [...used, { operand: layout.operands - 1, walker: output }]) {
      set(walker.rowStride, operandStride(parameters, layout, operand, 0))
      set(walker.columnStride, operandStride(parameters, layout, operand, 1))
      const inBatch: Term = () => {
        call(batchOffset, [parameters as Local<'i32'>, batch as Local<'i32'>, operand])
      }
      const there = add(mul(firstRow, walker.rowStride), mul(firstColumn, walker.columnStride))
      set(walker.start, add(operandStart(parameters, layout, operand), inBatch, there))
    }
    const [i, j, left, sum] = [builder.local('i32'), builder.local('i32'), builder.local('i32'), builder.local('i32')]
    const gathered = builder.local('i32')

    const gather = (walker: Walker, dtype: DType, place: Local): void => {
      const last = named(builder, sub(left, 1))
      for (let lane = 0; lane < count; lane++) {
        set(gathered, add(walker.pointer, mul(minimum(lane, last), walker.columnStride)))
        copyBytes(itemSize(dtype), gathered, place, lane * itemSize(dtype))
      }
    }

    const loadInput = (input: number, dtype: DType): Term => {
      const walker = walkers[input] ?? output
      const pointer = readLocal(walker.pointer)
      if (count === 1) return loadElement(lanes, dtype, pointer)
      return () => {
        push(equal(walker.columnStride, itemSize(dtype)))
        if_({ in: [], out: [v128] }, loadElements(lanes, dtype, pointer), () => {
          push(equal(walker.columnStride, 0))
          if_({ in: [], out: [v128] }, loadElement(lanes, dtype, pointer), () => {
            const place = named(builder, add(spare, input * gatherBytes))
            gather(walker, dtype, place)
            loadElements(lanes, dtype, readLocal(place))()
          })
        })
      }
    }

    const splatIndex = (index: Term): Term => (count === 1 ? index : () => (index(), i32x4.splat()))

    const batchCoordinate = (axis: number): Term => {
      const rest = named(builder, batch)
      const at = (position: number): number => layout.batchAt + position * axisBytes(layout.operands)
      for (let position = finish.batchRank - 1; position > axis; position--) {
        set(rest, quotient(rest, loadWord(parameters, at(position))))
      }
      return remainder(rest, loadWord(parameters, at(axis)))
    }

    const leaf = (read: Leaf): Term => {
      switch (read.kind) {
        case 'stage':
          return loadElements(lanes, finish.dtype, readLocal(sum))
        case 'input':
          return loadInput(read.input, read.dtype)
        case 'cell':
          return loadCell(lanes, read.dtype, add(parameters, layout.cellsAt), read.cell)
        case 'count':
          return splatNumber(lanes, read.dtype, () => i32.const(1))
        case 'index': {
          if (read.axis < finish.batchRank) return splatIndex(batchCoordinate(read.axis))
          if (read.axis === finish.batchRank) return splatIndex(add(firstRow, i))
          const first = add(firstColumn, j)
          if (count === 1) return first
          return () => {
            first()
            i32x4.splat()
            v128.const('i32x4', [0, 1, 2, 3])
            i32x4.add()
          }
        }
      }
    }
    const code = new ExpressionCode(lanes, {
      leaf,
      level: (read) => {
        if (read.kind === 'cell' || read.kind === 'count') return level.function
        return read.kind === 'index' && read.axis <= finish.batchRank ? level.row : level.element
      },
    })

    const storeVector = (value: Term): void => {
      const pointer = readLocal(output.pointer)
      const { dtype } = expression
      if (count === 1) {
        storeElements(lanes, dtype, pointer, value)
        return
      }
      when(
        and(equal(output.columnStride, itemSize(dtype)), () => {
          push(less(count - 1, left))
        }),
        () => {
          storeElements(lanes, dtype, pointer, value)
        },
        () => {
          const place = named(builder, output.pointer)
          for (let lane = 0; lane < count; lane++) {
            when(less(lane, left), () => {
              storeElement(lanes, dtype, readLocal(place), value, lane)
              increase(place, output.columnStride)
            })
          }
        },
      )
    }

    code.hoist([expression], level.function)
    countUp(i, 0, rows, 1, () => {
      set(sum, add(sums, mul(i, sumsStride)))
      const moving = [...used.map(({ walker }) => walker), output]
      for (const { start, pointer, rowStride } of moving) set(pointer, add(start, mul(i, rowStride)))
      code.frame([expression], () => {
        code.hoist([expression], level.row)
        countUp(j, 0, columns, count, () => {
          set(left, sub(columns, j))
          code.frame([expression], () => {
            storeVector(count === 1 ? code.value(expression) : code.keep(expression))
          })
          increase(sum, count * itemSize(finish.dtype))
          for (const { pointer, columnStride } of moving) increase(pointer, mul(columnStride, count))
        })
      })
    })
  })
}
