import { type DType, type Expression, itemSize } from '@chainrule/tensor'
import { i32, i32x4, if_, type Local, local, v128 } from 'wasmati'
import { loadCell, splatNumber } from '../../assembly/cell-code.js'
import type { FunctionBuilder, FunctionLibrary, Term, WasmFunction } from '../../assembly/function-builder.js'
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
  minimum,
  mul,
  named,
  push,
  set,
  sub,
  when,
  wordFunction,
} from '../../assembly/words.js'
import { ExpressionCode, type Leaf } from '../../expression-code.js'
import type { WasmFeatures } from '../../kernel-code.js'
import type { Leaves } from '../expression-leaves.js'
import {
  type ContractionLayout,
  coordinateWord,
  eachBatchAxis,
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
}

/** Bytes of scratch in which elements of one operand are gathered. */
const gatherBytes = 64

/** Scratch that finishing needs, whatever the sizes. */
export const finishScratchBytes = ({ inputs }: Pick<Finish, 'inputs'>): number =>
  gatherBytes * Math.max(1, inputs.length)

/** What leaves change with. */
const change = { never: 0, element: 1 } as const

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
 * `finish(parameters, records, spare, sums, sumsStride, batch, firstRow, firstColumn, rows, columns)` stores the expression of each
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
): WasmFunction =>
  wordFunction(library, 10, (builder, words) => {
    const [parameters, records, spare, sums, sumsStride, batch, firstRow, firstColumn, rows, columns] = words
    const { expression, leaves, inputs, firstInput } = finish
    const lanes: Lanes = makeLanes(builder, features, laneCount([...leaves.dtypes, finish.dtype, ...inputs], features))
    const { count } = lanes
    const output = makeWalker(builder)
    const walkers = inputs.map(() => makeWalker(builder))
    const used = leaves.inputs.map((input) => ({ operand: firstInput + input, walker: walkers[input] ?? output }))
    const shape = layout.records
    const moving = [...used, { operand: shape.operands - 1, walker: output }]
    const coordinates = leaves.axes.map(() => builder.local('i32'))
    for (const { operand, walker } of moving) {
      set(walker.rowStride, operandStride(records, operand, 0))
      set(walker.columnStride, operandStride(records, operand, 1))
      const there = add(mul(firstRow, walker.rowStride), mul(firstColumn, walker.columnStride))
      set(walker.start, add(operandStart(parameters, records, operand), there))
    }
    coordinates.forEach((coordinate, which) => {
      set(coordinate, coordinateWord(records, shape, which, 0))
    })
    eachBatchAxis(builder, shape, records, batch, (place, growthOf, coordinateGrowth) => {
      for (const { operand, walker } of moving) increase(walker.start, mul(place, growthOf(operand)))
      coordinates.forEach((coordinate, which) => {
        increase(coordinate, mul(place, coordinateGrowth(which)))
      })
    })
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

    /** A coordinate at this row and column, and in the lanes behind it. */
    const coordinateOf = (axis: number): Term => {
      const which = leaves.axes.indexOf(axis)
      const growth = (word: 1 | 2): Term => coordinateWord(records, shape, which, word)
      const first = add(coordinates[which] ?? 0, mul(add(firstRow, i), growth(1)), mul(add(firstColumn, j), growth(2)))
      if (count === 1) return first
      return () => {
        first()
        i32x4.splat()
        growth(2)()
        i32x4.splat()
        v128.const('i32x4', [0, 1, 2, 3])
        i32x4.mul()
        i32x4.add()
      }
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
        case 'index':
          return coordinateOf(read.axis)
      }
    }
    const code = new ExpressionCode(lanes, {
      leaf,
      changesWith: (read) => (read.kind === 'cell' || read.kind === 'count' ? change.never : change.element),
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

    code.hoist([expression], change.never)
    countUp(i, 0, rows, 1, () => {
      set(sum, add(sums, mul(i, sumsStride)))
      for (const { walker } of moving) set(walker.pointer, add(walker.start, mul(i, walker.rowStride)))
      countUp(j, 0, columns, count, () => {
        set(left, sub(columns, j))
        code.frame([expression], () => {
          storeVector(count === 1 ? code.value(expression) : code.keep(expression))
        })
        increase(sum, count * itemSize(finish.dtype))
        for (const { walker } of moving) increase(walker.pointer, mul(walker.columnStride, count))
      })
    })
  })
