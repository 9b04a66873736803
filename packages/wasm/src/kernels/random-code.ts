import { itemSize } from '@chainrule/tensor'
import { f64, i32, i64, local, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { Term } from '../assembly/function-builder.js'
import { floatLanes, type LaneCount, type Lanes, makeLanes } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import type { WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import { writePhilox } from './philox-code.js'
import { limit } from './pieces.js'
import { runFunction } from './run-function.js'
import { wordAt } from './space-walk.js'
import { storeValues } from './store-values.js'
import { vectorLoop } from './vector-loop.js'
import {
  type Bounds,
  boxMuller,
  doubleUniform,
  type RandomStructure,
  singleUniform,
  transformBits,
  wordsPerElement,
} from './distributions.js'

/** Byte positions in the parameters. */
export const randomHead = { output: 0, start: 4, size: 8, cells: 16, bytes: 16 + 4 * 8 } as const

/** Elements of a chunk, and of the part of it whose bits stand in scratch at a time; multiples of 16. */
export const chunkElements = 8192
export const pieceElements = 1024

/** Elements one after another, where there is no SIMD. */
const emitNumbers = (
  lanes: Lanes,
  structure: RandomStructure,
  bits: Local<'i32'>,
  target: Local<'i32'>,
  count: Local<'i32'>,
  bounds: Bounds,
): void => {
  const { builder } = lanes
  const { distribution, dtype } = structure
  const size = itemSize(dtype)
  const step = 4 * wordsPerElement(structure)
  const isPair = distribution === 'normal'
  const float = floatLanes(lanes, dtype)
  const left = builder.local('i32')
  local.set(left, count)
  const uniformAt = (offset: number): Term => {
    const load = (at: number): Term => {
      return () => {
        i32.load({ offset: at }, bits)
      }
    }
    return dtype === 'float64'
      ? doubleUniform(lanes, [load(offset), load(offset + 4)])
      : singleUniform(lanes, load(offset))
  }
  builder.while(
    () => {
      i32.const(0)
      local.get(left)
      i32.lt_s()
    },
    () => {
      builder.scope(() => {
        if (!isPair) {
          const value =
            distribution === 'uniform' ? uniformAt(0) : transformBits(lanes, structure, readLocal(bits), bounds)
          storeValues(lanes, [{ dtype, pointer: target, value }], 0)
          return
        }
        const [first, second] = [float.keep(uniformAt(0)), float.keep(uniformAt(step))]
        const store = (isSine: number, offset: number): void => {
          const places = float.width === 32 ? () => i32.const(isSine) : () => i64.const(BigInt(isSine))
          const pointer = builder.local('i32')
          local.set(pointer, i32.add(target, offset))
          storeValues(lanes, [{ dtype, pointer, value: boxMuller(float, first, second, places) }], 0)
        }
        store(1, 0)
        // The second of the last pair may lie behind the output.
        i32.ge_u(left, 2)
        branch(() => {
          store(0, size)
        })
      })
      const elements = isPair ? 2 : 1
      local.set(bits, i32.add(bits, elements * step))
      local.set(target, i32.add(target, elements * size))
      local.set(left, i32.sub(left, elements))
    },
  )
}

/**
 * The module of random numbers.
 *
 * @param structure - distribution and dtype
 * @param features - of the engine
 * @returns its bytes
 */
export const randomModule = (structure: RandomStructure, features: WasmFeatures): Uint8Array<ArrayBuffer> => {
  const run = runFunction((builder, { parameters, scratch, first, last }) => {
    const { distribution, dtype } = structure
    const size = itemSize(dtype)
    const laneCount: LaneCount = features.simd ? (dtype === 'float64' ? 2 : 4) : 1
    const lanes = makeLanes(builder, features, laneCount)
    const integer = (): Local<'i32'> => builder.local('i32')
    const [place, end, count, blocks, target, bits] = [integer(), integer(), integer(), integer(), integer(), integer()]
    const start = { key: builder.local('i64'), counter: builder.local('i64') }
    const bounds: Bounds = { low: integer(), range: builder.local('i64') }
    const cell = (slot: number): void => {
      f64.load({ offset: randomHead.cells + 8 * slot }, parameters)
      i64.trunc_sat_f64_s()
    }
    cell(0)
    local.set(start.key)
    if (distribution === 'integers') {
      cell(2)
      i32.wrap_i64()
      local.set(bounds.low)
      cell(3)
      cell(2)
      i64.sub()
      local.set(bounds.range)
    }
    const elementsPerBlock = 4 / wordsPerElement(structure)
    local.set(place, i32.mul(first, chunkElements))
    local.set(end, i32.mul(last, chunkElements))
    limit(builder, end, wordAt(parameters, randomHead.size))
    builder.while(
      () => i32.lt_u(place, end),
      () => {
        local.set(count, i32.sub(end, place))
        limit(builder, count, () => i32.const(pieceElements))
        cell(1)
        local.get(place)
        i32.const(elementsPerBlock)
        i32.div_u()
        i64.extend_i32_u()
        i64.add()
        local.set(start.counter)
        local.set(blocks, i32.div_u(i32.add(count, elementsPerBlock - 1), elementsPerBlock))
        local.set(bits, scratch)
        writePhilox(builder, features.simd, start, bits, blocks)
        local.set(bits, scratch)
        wordAt(parameters, randomHead.output)()
        wordAt(parameters, randomHead.start)()
        i32.add()
        i32.mul(place, size)
        i32.add()
        local.set(target)
        builder.scope(() => {
          if (laneCount === 1) {
            emitNumbers(lanes, structure, bits, target, count, bounds)
            return
          }
          const emit = (left?: Local<'i32'>): void => {
            builder.scope(() => {
              const value = builder.keep('v128', transformBits(lanes, structure, readLocal(bits), bounds))
              storeValues(lanes, [{ dtype, pointer: target, value }], 0, left)
            })
          }
          vectorLoop(lanes, {
            count,
            streams: [
              { pointer: bits, bytes: 4 * wordsPerElement(structure) },
              { pointer: target, bytes: size },
            ],
            unroll: 1,
            full: () => {
              emit()
            },
            last: emit,
          })
        })
        local.set(place, i32.add(place, pieceElements))
      },
    )
  })
  return kernelModule(features, { run })
}
