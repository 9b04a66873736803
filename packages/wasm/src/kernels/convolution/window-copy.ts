import { i32, v128 } from 'wasmati'
import type { FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import {
  add,
  countUp,
  equal,
  increase,
  lessUnsigned,
  maximum,
  minimum,
  mul,
  named,
  push,
  quotient,
  remainder,
  set,
  sub,
  when,
  wordFunction,
} from '../../assembly/words.js'
import { moveElement } from '../contraction/move-element.js'
import { copyRun } from './copy-run.js'
import { zeroVector, type TileArithmetic } from '../contraction/tile-arithmetic.js'

/**
 * The function that copies a window of some planes, with zeros for what lies outside of them:
 * `copyWindow(source, sourcePlane, sourcePitch, height, width, channels, target, targetPlane, targetPitch, steps, stepBytes,
 * top, left, rows, columns)`.
 *
 * Columns are dealt out by their remainder modulo `steps`, the horizontal stride of the convolution: those with remainder r
 * begin `stepBytes` · r behind the start of their row. So what neighbouring output places see is side by side for any stride.
 * Planes and pitches (from row to row) are in bytes; the target's pitch is a multiple of 16.
 *
 * @param library - functions of the module
 * @param arithmetic - of the elements
 * @returns the function
 */
export const windowCopier = (library: FunctionLibrary, arithmetic: TileArithmetic): WasmFunction =>
  wordFunction(library, 15, (builder, words) => {
    const [source, sourcePlane, sourcePitch, height, width, channels, target, targetPlane, targetPitch] = words
    const [, , , , , , , , , steps, stepBytes, top, left, rows, columns] = words
    const { itemBytes } = arithmetic
    const [channel, row, at] = [builder.local('i32'), builder.local('i32'), builder.local('i32')]
    const [from, to, count] = [builder.local('i32'), builder.local('i32'), builder.local('i32')]
    const [sourceRow, targetRow] = [builder.local('i32'), builder.local('i32')]
    // Columns of the window that exist.
    const first = named(builder, minimum(columns, maximum(0, sub(0, left))))
    const end = named(builder, maximum(first, minimum(columns, sub(width, left))))
    const step = builder.local('i32')
    const column = builder.local('i32')
    const strideBytes = named(builder, mul(steps, itemBytes))
    countUp(channel, 0, channels, 1, () => {
      set(sourceRow, add(source, mul(top, sourcePitch), mul(left, itemBytes)))
      set(targetRow, target)
      countUp(row, 0, rows, 1, () => {
        countUp(at, 0, targetPitch, 16, () => {
          if (arithmetic.lanes > 1) {
            push(add(targetRow, at))
            zeroVector()
            v128.store({ align: 4 })
          } else {
            for (let offset = 0; offset < 16; offset += 4) {
              push(add(targetRow, at))
              i32.const(0)
              i32.store({ offset })
            }
          }
        })
        when(lessUnsigned(add(top, row), height), () => {
          when(
            equal(steps, 1),
            () => {
              set(from, add(sourceRow, mul(first, itemBytes)))
              set(to, add(targetRow, mul(first, itemBytes)))
              set(count, sub(end, first))
              copyRun(builder, arithmetic, from, to, count)
            },
            () => {
              countUp(step, 0, steps, 1, () => {
                // The first column that exists and has this remainder.
                set(column, add(first, remainder(add(sub(step, remainder(first, steps)), steps), steps)))
                set(from, add(sourceRow, mul(column, itemBytes)))
                set(to, add(targetRow, mul(step, stepBytes), mul(quotient(column, steps), itemBytes)))
                countUp(column, column, end, steps, () => {
                  moveElement(itemBytes, from, to)
                  increase(from, strideBytes)
                  increase(to, itemBytes)
                })
              })
            },
          )
        })
        increase(sourceRow, sourcePitch)
        increase(targetRow, targetPitch)
      })
      increase(source, sourcePlane)
      increase(target, targetPlane)
    })
  })
