import { type GatherKernel, itemSize } from '@chainrule/tensor'
import { i32, i64, local, type Local } from 'wasmati'
import type { FunctionBuilder } from '../assembly/function-builder.js'
import type { KernelCode, Planner, WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import { copyBytes } from './copy-code.js'
import { indexFault, withGoodIndex } from './index-fault.js'
import { ParameterBlock } from './parameter-block.js'
import { runFunction } from './run-function.js'
import { type RunArguments, wordAt } from './space-walk.js'

/** Byte positions in the parameters. */
const head = {
  source: 0,
  index: 4,
  output: 8,
  fault: 12,
  faultIndex: 16,
  axis: 20,
  count: 24,
  inner: 28,
  sourceStart: 32,
  indexStart: 36,
  outputStart: 40,
  /** Rows (places of outer and index) in one chunk, and in all. */
  rowsPerChunk: 44,
  rows: 48,
  bytes: 52,
} as const

const block = new ParameterBlock()
const codes = new Map<string, KernelCode>()

/** Elements of one chunk. */
const chunkElements = 32768

type Mode = GatherKernel['structure']['mode']

/** Copies the chosen rows one after another. */
const emitTake = (
  builder: FunctionBuilder,
  features: WasmFeatures,
  size: number,
  { parameters }: RunArguments,
  words: GatherWords,
): void => {
  const { row, outer, place, index, axis, count, inner, source, target } = words
  const bytes = builder.local('i32')
  local.set(bytes, i32.mul(inner, size))
  local.get(index)
  i32.rem_u(row, count)
  i32.const(2)
  i32.shl()
  i32.add()
  i32.load({})
  local.set(place)
  withGoodIndex(parameters, head.fault, place, axis, () => {
    local.set(outer, i32.div_u(row, count))
    builder.scope(() => {
      const [from, to] = [builder.local('i32'), builder.local('i32')]
      local.set(from, i32.add(source, i32.mul(i32.add(i32.mul(outer, axis), place), bytes)))
      local.set(to, i32.add(target, i32.mul(row, bytes)))
      copyBytes(builder, features, to, from, bytes)
    })
  })
}

/** Copies element by element, each from the place that its own index says. */
const emitAlong = (builder: FunctionBuilder, size: number, { parameters }: RunArguments, words: GatherWords): void => {
  const { row, outer, place, index, axis, count, inner, source, target } = words
  const [column, at] = [builder.local('i32'), builder.local('i32')]
  local.set(outer, i32.div_u(row, count))
  local.set(column, i32.const(0))
  builder.while(
    () => i32.lt_u(column, inner),
    () => {
      local.set(at, i32.add(i32.mul(row, inner), column))
      local.set(place, i32.load({}, i32.add(index, i32.shl(at, 2))))
      withGoodIndex(parameters, head.fault, place, axis, () => {
        i32.add(target, i32.mul(at, size))
        i32.add(source, i32.mul(i32.add(i32.mul(i32.add(i32.mul(outer, axis), place), inner), column), size))
        if (size === 8) {
          i64.load({})
          i64.store({})
        } else if (size === 4) {
          i32.load({})
          i32.store({})
        } else {
          i32.load8_u({})
          i32.store8({})
        }
      })
      local.set(column, i32.add(column, 1))
    },
  )
}

type GatherWords = Record<
  'row' | 'outer' | 'place' | 'index' | 'axis' | 'count' | 'inner' | 'source' | 'target',
  Local<'i32'>
>

const gatherModule = (mode: Mode, size: number, features: WasmFeatures): Uint8Array<ArrayBuffer> => {
  const run = runFunction((builder, values) => {
    const { parameters, first, last } = values
    const integer = (): Local<'i32'> => builder.local('i32')
    const words: GatherWords = {
      row: integer(),
      outer: integer(),
      place: integer(),
      index: integer(),
      axis: integer(),
      count: integer(),
      inner: integer(),
      source: integer(),
      target: integer(),
    }
    const end = integer()
    const set = (target: Local<'i32'>, address: number, start?: number): void => {
      wordAt(parameters, address)()
      if (start !== undefined) {
        wordAt(parameters, start)()
        i32.add()
      }
      local.set(target)
    }
    set(words.source, head.source, head.sourceStart)
    set(words.index, head.index, head.indexStart)
    set(words.target, head.output, head.outputStart)
    set(words.axis, head.axis)
    set(words.count, head.count)
    set(words.inner, head.inner)
    local.get(first)
    wordAt(parameters, head.rowsPerChunk)()
    i32.mul()
    local.set(words.row)
    local.get(last)
    wordAt(parameters, head.rowsPerChunk)()
    i32.mul()
    local.set(end)
    builder.while(
      () => {
        i32.lt_u(words.row, end)
        local.get(words.row)
        wordAt(parameters, head.rows)()
        i32.lt_u()
        i32.and()
      },
      () => {
        builder.scope(() => {
          if (mode === 'take') emitTake(builder, features, size, values, words)
          else emitAlong(builder, size, values, words)
        })
        local.set(words.row, i32.add(words.row, 1))
      },
    )
  })
  return kernelModule(features, { run })
}

const codeFor = (mode: Mode, size: number): KernelCode => {
  const key = `gather ${mode} ${size}`
  let code = codes.get(key)
  if (code === undefined) {
    code = { key, build: (features) => gatherModule(mode, size, features) }
    codes.set(key, code)
  }
  return code
}

const fault = indexFault('gather', head.fault, head.axis)

/**
 * Launches of gathers. A chunk is some rows of the output; what an element means does not matter, only its size.
 *
 * @param kernel - the kernel
 * @returns its plan
 */
export const planGather: Planner<GatherKernel> = ({
  structure: { mode, dtype },
  outer,
  axis,
  count,
  inner,
  offsets,
}) => {
  const size = itemSize(dtype)
  const words = block.words(head.bytes / 4)
  const rows = inner === 0 ? 0 : outer * count
  const rowsPerChunk = Math.max(1, Math.floor(chunkElements / Math.max(1, inner)))
  words[head.axis / 4] = axis
  words[head.count / 4] = count
  words[head.inner / 4] = inner
  words[head.sourceStart / 4] = offsets.source * size
  words[head.indexStart / 4] = offsets.index * 4
  words[head.outputStart / 4] = offsets.output * size
  words[head.rowsPerChunk / 4] = rowsPerChunk
  words[head.rows / 4] = rows
  return {
    code: codeFor(mode, size),
    parameters: block.bytes(head.bytes / 4),
    cellsAt: 0,
    cellCount: 0,
    phases: [Math.ceil(rows / rowsPerChunk)],
    scratchBytes: 0,
    sharedScratchBytes: 0,
    sharedScratchAt: 0,
    fault,
  }
}
