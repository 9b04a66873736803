import { type DType, itemSize, type ScatterAddKernel } from '@chainrule/tensor'
import { i32, local, type Local, memory } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { FunctionBuilder } from '../assembly/function-builder.js'
import { keepValue, laneCount, type Lanes, makeLanes } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import { loadElements, storeElement } from '../assembly/memory-code.js'
import type { WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import { scalarOpCode } from '../scalar-op-code.js'
import { withGoodIndex } from './index-fault.js'
import { limit } from './pieces.js'
import { runFunction } from './run-function.js'
import { type RunArguments, wordAt } from './space-walk.js'
import { storeValues } from './store-values.js'
import { vectorLoop } from './vector-loop.js'

/** Byte positions in the parameters; the base is an operand only where there is one. */
export const scatterHead = {
  fault: 0,
  faultIndex: 4,
  axis: 8,
  count: 12,
  inner: 16,
  sourceStart: 20,
  indexStart: 24,
  baseStart: 28,
  outputStart: 32,
  /** Places of the axis that one chunk adds to, and how many such ranges there are. */
  placesPerChunk: 36,
  ranges: 40,
  operands: 44,
} as const

export type ScatterStructure = ScatterAddKernel['structure']

/** Words of the parameters, in locals. */
type ScatterWords = Record<
  'source' | 'index' | 'target' | 'axis' | 'count' | 'inner' | 'outer' | 'from' | 'places' | 'at' | 'place',
  Local<'i32'>
>

const sum = (lanes: Lanes, dtype: DType, x: () => void, y: () => void): (() => void) =>
  scalarOpCode.add(lanes, { dtype, of: dtype, terms: [x, y, () => undefined], constants: [] })

/** Adds a row of the source to the row of the output that the index says. */
const emitTake = (lanes: Lanes, dtype: DType, words: ScatterWords): void => {
  const { builder } = lanes
  const { source, target, axis, count, inner, outer, from, at, place } = words
  const size = itemSize(dtype)
  const [input, output] = [builder.local('i32'), builder.local('i32')]
  local.set(output, i32.add(target, i32.mul(i32.mul(i32.add(i32.add(i32.mul(outer, axis), from), place), inner), size)))
  local.set(input, i32.add(source, i32.mul(i32.mul(i32.add(i32.mul(outer, count), at), inner), size)))
  const emit = (vector: number, left?: Local<'i32'>): void => {
    builder.scope(() => {
      const offset = vector * lanes.count * size
      const value = sum(
        lanes,
        dtype,
        loadElements(lanes, dtype, readLocal(output), offset),
        loadElements(lanes, dtype, readLocal(input), offset),
      )
      const kept = left === undefined ? value : keepValue(lanes, dtype, value)
      storeValues(lanes, [{ dtype, pointer: output, value: kept }], vector, left)
    })
  }
  vectorLoop(lanes, {
    count: inner,
    streams: [
      { pointer: input, bytes: size },
      { pointer: output, bytes: size },
    ],
    unroll: lanes.count === 1 ? 1 : 4,
    full: (vector) => {
      emit(vector)
    },
    last: (left) => {
      emit(0, left)
    },
  })
}

/** Goes over the places of the index, in order, and acts on those that lie in the range of this chunk. */
const forEachIndex = (
  builder: FunctionBuilder,
  { parameters }: RunArguments,
  words: ScatterWords,
  length: () => void,
  body: () => void,
): void => {
  const { index, axis, from, places, at, place } = words
  const end = builder.local('i32')
  length()
  local.set(end)
  local.set(at, i32.const(0))
  builder.while(
    () => i32.lt_u(at, end),
    () => {
      local.set(place, i32.load({}, i32.add(index, i32.shl(at, 2))))
      withGoodIndex(parameters, scatterHead.fault, place, axis, () => {
        local.set(place, i32.sub(place, from))
        i32.lt_u(place, places)
        branch(() => {
          builder.scope(body)
        })
      })
      local.set(at, i32.add(at, 1))
    },
  )
}

/** Adds one element to the place that its own index says. */
const emitAlong = (lanes: Lanes, dtype: DType, words: ScatterWords): void => {
  const { builder } = lanes
  const { source, target, axis, inner, outer, count, from, at, place } = words
  const size = itemSize(dtype)
  const [input, output] = [builder.local('i32'), builder.local('i32')]
  const row = (): void => {
    i32.mul(i32.add(i32.add(i32.mul(outer, axis), from), place), inner)
    i32.rem_u(at, inner)
    i32.add()
    i32.const(size)
    i32.mul()
    local.get(target)
    i32.add()
  }
  row()
  local.set(output)
  local.set(input, i32.add(source, i32.mul(i32.add(i32.mul(i32.mul(outer, count), inner), at), size)))
  const value = keepValue(
    lanes,
    dtype,
    sum(lanes, dtype, loadElements(lanes, dtype, readLocal(output)), loadElements(lanes, dtype, readLocal(input))),
  )
  storeElement(lanes, dtype, readLocal(output), value, 0)
}

/** Brings the places of this chunk to what they are before anything is added. */
const emitStart = (
  builder: FunctionBuilder,
  { parameters }: RunArguments,
  { hasBase, dtype }: ScatterStructure,
  { target, axis, inner, outer, from, places }: ScatterWords,
): void => {
  const size = itemSize(dtype)
  const [start, bytes, base] = [builder.local('i32'), builder.local('i32'), builder.local('i32')]
  local.set(start, i32.mul(i32.mul(i32.add(i32.mul(outer, axis), from), inner), size))
  local.set(bytes, i32.mul(i32.mul(places, inner), size))
  if (!hasBase) {
    i32.add(target, start)
    i32.const(0)
    local.get(bytes)
    memory.fill()
    return
  }
  wordAt(parameters, scatterHead.operands + 8)()
  wordAt(parameters, scatterHead.baseStart)()
  i32.add()
  local.get(start)
  i32.add()
  local.set(base)
  i32.add(target, start)
  local.get(base)
  local.get(bytes)
  memory.copy()
}

/**
 * The module of a scatter-add.
 *
 * @param structure - mode, dtype, and whether there is a base
 * @param features - of the engine
 * @returns its bytes
 */
export const scatterModule = (structure: ScatterStructure, features: WasmFeatures): Uint8Array<ArrayBuffer> => {
  const { mode, dtype, hasBase } = structure
  const run = runFunction((builder, values) => {
    const { parameters, first, last } = values
    const lanes = makeLanes(builder, features, laneCount([dtype], features))
    const integer = (): Local<'i32'> => builder.local('i32')
    const words: ScatterWords = {
      source: integer(),
      index: integer(),
      target: integer(),
      axis: integer(),
      count: integer(),
      inner: integer(),
      outer: integer(),
      from: integer(),
      places: integer(),
      at: integer(),
      place: integer(),
    }
    const set = (target: Local<'i32'>, ...terms: readonly (() => void)[]): void => {
      for (const term of terms) term()
      local.set(target)
    }
    const word = (at: number): (() => void) => wordAt(parameters, at)
    const plus = (): void => {
      i32.add()
    }
    set(words.axis, word(scatterHead.axis))
    set(words.count, word(scatterHead.count))
    set(words.inner, word(scatterHead.inner))
    set(words.source, word(scatterHead.operands), word(scatterHead.sourceStart), plus)
    set(words.target, word(scatterHead.operands + (hasBase ? 12 : 8)), word(scatterHead.outputStart), plus)
    builder.while(
      () => i32.lt_u(first, last),
      () => {
        set(words.outer, readLocal(first), word(scatterHead.ranges), () => i32.div_u())
        set(
          words.from,
          readLocal(first),
          word(scatterHead.ranges),
          () => i32.rem_u(),
          word(scatterHead.placesPerChunk),
          () => i32.mul(),
        )
        local.set(words.places, i32.sub(words.axis, words.from))
        limit(builder, words.places, word(scatterHead.placesPerChunk))
        builder.scope(() => {
          emitStart(builder, values, structure, words)
        })
        set(words.index, word(scatterHead.operands + 4), word(scatterHead.indexStart), plus)
        if (mode === 'take') {
          forEachIndex(builder, values, words, readLocal(words.count), () => {
            emitTake(lanes, dtype, words)
          })
        } else {
          local.set(
            words.index,
            i32.add(words.index, i32.shl(i32.mul(i32.mul(words.outer, words.count), words.inner), 2)),
          )
          forEachIndex(
            builder,
            values,
            words,
            () => i32.mul(words.count, words.inner),
            () => {
              emitAlong(lanes, dtype, words)
            },
          )
        }
        local.set(first, i32.add(first, 1))
      },
    )
  })
  return kernelModule(features, { run })
}
