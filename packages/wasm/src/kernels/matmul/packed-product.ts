import type { Term } from '../../assembly/function-builder.js'
import {
  add,
  callWith,
  countUp,
  eachBlock,
  equal,
  minimum,
  mul,
  named,
  notEqual,
  quotient,
  remainder,
  roundUp,
  set,
  sub,
  when,
  type Word,
} from '../../assembly/words.js'
import { contractionImports } from '../contraction/contraction-core.js'
import { depthBlock } from '../contraction/tile-variants.js'
import { matmulMode } from './matmul-layout.js'
import { eachItem, finishItem, type MatmulParts } from './matmul-parts.js'

/** Bytes of a panel set of `lanes` lanes and some depth. */
const panelBytes = ({ itemBytes }: MatmulParts, lanes: Word, depth: Word): Term => mul(mul(lanes, depth), itemBytes)

/** Packing phase: a chunk is one block of depth of a group of columns of one matrix. */
export const packShared = (parts: MatmulParts): void => {
  const { builder, run, field, matrix, stride } = parts
  const chunk = builder.local('i32')
  countUp(chunk, run.first, run.last, 1, () => {
    builder.scope(() => {
      const group = named(builder, remainder(chunk, field('packGroups')))
      const rest = named(builder, quotient(chunk, field('packGroups')))
      const depthFrom = named(builder, mul(remainder(rest, field('depthBlocks')), depthBlock))
      const batch = named(builder, quotient(rest, field('depthBlocks')))
      const depth = named(builder, minimum(depthBlock, sub(field('inner'), depthFrom)))
      const from = named(builder, mul(group, field('packColumns')))
      const columns = named(builder, minimum(field('packColumns'), sub(field('columns'), from)))
      const source = add(matrix(1, batch), mul(depthFrom, stride(1, 0)), mul(from, stride(1, 1)))
      const target = add(
        field('sharedScratch'),
        mul(batch, field('packedBytes')),
        panelBytes(parts, field('paddedColumns'), depthFrom),
        panelBytes(parts, from, depth),
      )
      callWith(contractionImports.packRight, [
        field('variant'),
        source,
        stride(1, 1),
        stride(1, 0),
        columns,
        depth,
        target,
        depth,
      ])
    })
  })
}

/** Packed panels and register tiles. */
export const multiplyPacked = (parts: MatmulParts): void => {
  const { builder, run, itemBytes, field, matrix, stride, output } = parts
  const { scratch } = run
  const isDirect = named(builder, field('isDirect'))
  const isShared = named(builder, equal(field('mode'), matmulMode.shared))
  const variant = named(builder, field('variant'))
  const inner = named(builder, field('inner'))
  eachItem(parts, (item) => {
    const { batch, row, column, rows, columns } = item
    const left = named(builder, add(matrix(0, batch), mul(row, stride(0, 0))))
    const right = named(builder, add(matrix(1, batch), mul(column, stride(1, 1))))
    const [target, targetStride] = [builder.local('i32'), builder.local('i32')]
    const [height, width] = [named(builder, rows), named(builder, columns)]
    when(
      isDirect,
      () => {
        set(targetStride, stride(output, 0))
        set(target, add(matrix(output, batch), mul(row, targetStride), mul(column, itemBytes)))
      },
      () => {
        set(targetStride, field('sumsStride'))
        set(target, add(scratch, field('sumsAt')))
        // In scratch there is room for whole tiles.
        set(height, roundUp(rows, field('panelRows')))
        set(width, roundUp(columns, field('panelColumns')))
      },
    )
    const panels = builder.local('i32')
    eachBlock(builder, inner, depthBlock, (from, depth) => {
      callWith(contractionImports.packLeft, [
        variant,
        add(left, mul(from, stride(0, 1))),
        stride(0, 0),
        stride(0, 1),
        rows,
        depth,
        scratch,
        depth,
      ])
      when(
        isShared,
        () => {
          const before = panelBytes(parts, field('paddedColumns'), from)
          const inBatch = mul(batch, field('packedBytes'))
          set(panels, add(field('sharedScratch'), inBatch, before, panelBytes(parts, column, depth)))
        },
        () => {
          set(panels, add(scratch, field('rightAt')))
          callWith(contractionImports.packRight, [
            variant,
            add(right, mul(from, stride(1, 0))),
            stride(1, 1),
            stride(1, 0),
            columns,
            depth,
            panels,
            depth,
          ])
        },
      )
      callWith(contractionImports.block, [
        variant,
        scratch,
        height,
        panels,
        width,
        depth,
        target,
        targetStride,
        notEqual(from, 0),
      ])
    })
    when(equal(isDirect, 0), () => {
      finishItem(parts, item)
    })
  })
}
