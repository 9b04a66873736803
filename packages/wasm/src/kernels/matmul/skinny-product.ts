import type { Local } from 'wasmati'
import type { Term } from '../../assembly/function-builder.js'
import {
  add,
  callWith,
  countUp,
  equal,
  increase,
  less,
  mul,
  named,
  notEqual,
  push,
  set,
  when,
} from '../../assembly/words.js'
import { contractionImports } from '../contraction/contraction-core.js'
import { moveElement } from '../contraction/move-element.js'
import { matmulMode } from './matmul-layout.js'
import { eachItem, finishItem, type MatmulParts } from './matmul-parts.js'

/** Copies rows of A that do not lie together; gives the bytes from row to row. */
const gatherRows = ({ builder, itemBytes, field, stride }: MatmulParts, rows: Local, from: Local, to: Term): Local => {
  const rowBytes = named(builder, mul(field('inner'), itemBytes))
  const step = named(builder, stride(0, 1))
  const [i, k] = [builder.local('i32'), builder.local('i32')]
  const [source, target] = [builder.local('i32'), named(builder, to)]
  countUp(i, 0, rows, 1, () => {
    set(source, add(from, mul(i, stride(0, 0))))
    countUp(k, 0, rowBytes, itemBytes, () => {
      moveElement(itemBytes, source, target)
      increase(source, step)
      increase(target, itemBytes)
    })
  })
  return rowBytes
}

/** A few rows: B is read as it lies. */
export const multiplySkinny = (parts: MatmulParts): void => {
  const { builder, run, itemBytes, field, matrix, stride } = parts
  const { scratch } = run
  const sums = add(scratch, field('sumsAt'))
  eachItem(parts, (item) => {
    const { batch, column, rows, columns } = item
    const left = named(builder, matrix(0, batch))
    const right = named(builder, add(matrix(1, batch), mul(column, stride(1, 1))))
    const choice = less(1, rows)
    when(
      equal(field('mode'), matmulMode.rows),
      () => {
        callWith(contractionImports.rows, [
          choice,
          rows,
          left,
          stride(0, 0),
          stride(0, 1),
          right,
          stride(1, 0),
          columns,
          field('inner'),
          sums,
          field('sumsStride'),
        ])
      },
      () => {
        const leftStride = named(builder, stride(0, 0))
        when(notEqual(stride(0, 1), itemBytes), () => {
          set(
            leftStride,
            gatherRows(parts, rows, left, () => push(scratch)),
          )
          set(left, scratch)
        })
        callWith(contractionImports.dots, [
          choice,
          rows,
          left,
          leftStride,
          right,
          stride(1, 1),
          columns,
          field('inner'),
          sums,
          field('sumsStride'),
        ])
      },
    )
    finishItem(parts, item)
  })
}
