import { itemSize, type RandomKernel } from '@chainrule/tensor'
import { f32, f32x4, f64, f64x2, i32, i32x4, i64, i64x2, i8x16, local, type Local, v128 } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { floatLanes, type LaneCount, type Lanes, makeLanes } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import type { KernelCode, Planner, WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import { log } from '../math/log.js'
import { quarterWave } from '../math/trigonometric.js'
import { ParameterBlock } from './parameter-block.js'
import { writePhilox } from './philox-code.js'
import { limit } from './pieces.js'
import { runFunction } from './run-function.js'
import { wordAt } from './space-walk.js'
import { storeValues } from './store-values.js'
import { vectorLoop } from './vector-loop.js'

/** Byte positions in the parameters. */
const head = { output: 0, start: 4, size: 8, cells: 16, bytes: 16 + 4 * 8 } as const

/** Elements of a chunk, and of the part of it whose bits stand in scratch at a time; multiples of 16. */
const chunkElements = 8192
const pieceElements = 1024

const block = new ParameterBlock()
const codes = new Map<string, KernelCode>()

type Structure = RandomKernel['structure']
type SixteenLanes = Parameters<typeof i8x16.shuffle>[0]

const words = (...lanes: readonly number[]): SixteenLanes =>
  lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))

/** How many words of bits one element takes. */
const wordsPerElement = ({ dtype }: Structure): number => (dtype === 'float64' ? 2 : 1)

/** (bits >>> 8) · 2^−24. */
const singleUniform = ({ count, float32 }: Lanes, bits: Term): Term =>
  float32.mul(
    () => {
      bits()
      i32.const(8)
      if (count === 1) {
        i32.shr_u()
        f32.convert_i32_u()
      } else {
        i32x4.shr_u()
        f32x4.convert_i32x4_u()
      }
    },
    float32.constant(2 ** -24),
  )

/** ((first >>> 5) · 2^26 + (second >>> 6)) · 2^−53. */
const doubleUniform = ({ count, float64 }: Lanes, bits: Local<'v128'> | readonly [Term, Term]): Term => {
  const part = (which: 0 | 1, places: number): Term => {
    return () => {
      if (Array.isArray(bits)) (bits as readonly Term[])[which]?.()
      else {
        const vector = bits as Local<'v128'>
        local.get(vector)
        local.get(vector)
        i8x16.shuffle(words(which, which + 2, which, which + 2))
      }
      i32.const(places)
      if (count === 1) {
        i32.shr_u()
        f64.convert_i32_u()
      } else {
        i32x4.shr_u()
        f64x2.convert_low_i32x4_u()
      }
    }
  }
  return float64.mul(
    float64.add(float64.mul(part(0, 5), float64.constant(2 ** 26)), part(1, 6)),
    float64.constant(2 ** -53),
  )
}

/**
 * √(−2 ln(1 − u₀)) times the cosine and the sine of 2π u₁, by turns. The quadrant of the angle is taken from u₁ itself, so that
 * nothing is lost in a product with π.
 */
const boxMuller = (float: FloatLanes, first: Term, second: Term, isSine: Term): Term => {
  const radius = float.sqrt(float.keep(float.mul(float.constant(-2), log(float, float.sub(float.constant(1), first)))))
  const kept = float.keep(radius)
  const four = float.keep(float.mul(second, float.constant(4)))
  const magic = float.constant(float.width === 32 ? 1.5 * 2 ** 23 : 1.5 * 2 ** 52)
  const shifted = float.keep(float.add(four, magic))
  const rest = float.keep(float.mul(float.sub(four, float.sub(shifted, magic)), float.constant(Math.PI / 2)))
  // A cosine is the sine one quadrant on.
  const quadrant = float.keepBits(float.bitsAdd(float.toBits(shifted), isSine))
  return float.mul(kept, quarterWave(float, rest, quadrant))
}

/** The elements of one vector, or one or two elements without SIMD, from their bits. */
const transform = (lanes: Lanes, structure: Structure, address: Term, bounds: Bounds): Term => {
  const { builder, count, float32, float64 } = lanes
  const { distribution, dtype } = structure
  const load = (offset: number): Term =>
    builder.keep(count === 1 ? 'i32' : 'v128', () => {
      address()
      if (count === 1) i32.load({ offset })
      else v128.load({ offset })
    })
  if (distribution === 'bits') return load(0)
  if (distribution === 'integers') return chosen(lanes, load(0), bounds)
  if (dtype === 'float32') {
    if (distribution === 'uniform') return singleUniform(lanes, load(0))
    const uniforms = float32.keep(singleUniform(lanes, load(0)))
    const pick = (...order: readonly number[]): Term => {
      return () => {
        uniforms()
        uniforms()
        i8x16.shuffle(words(...order))
      }
    }
    return boxMuller(float32, pick(0, 0, 2, 2), pick(1, 1, 3, 3), () => v128.const('i32x4', [1, 0, 1, 0]))
  }
  const bits = builder.local('v128')
  load(0)()
  local.set(bits)
  if (distribution === 'uniform') return doubleUniform(lanes, bits)
  const uniforms = float64.keep(doubleUniform(lanes, bits))
  const pick = (...order: readonly number[]): Term => {
    return () => {
      uniforms()
      uniforms()
      i8x16.shuffle(words(...order))
    }
  }
  return boxMuller(float64, pick(0, 1, 0, 1), pick(2, 3, 2, 3), () => v128.const('i64x2', [1n, 0n]))
}

/** low and high − low of `integers`. */
interface Bounds {
  readonly low: Local<'i32'>
  readonly range: Local<'i64'>
}

/** low + ⌊bits · range / 2^32⌋. */
const chosen = ({ count }: Lanes, bits: Term, { low, range }: Bounds): Term => {
  if (count === 1) {
    return () => {
      bits()
      i64.extend_i32_u()
      local.get(range)
      i64.mul()
      i64.const(32n)
      i64.shr_u()
      i32.wrap_i64()
      local.get(low)
      i32.add()
    }
  }
  const half = (isHigh: boolean): Term => {
    return () => {
      bits()
      if (isHigh) i64x2.extend_high_i32x4_u()
      else i64x2.extend_low_i32x4_u()
      local.get(range)
      i64x2.splat()
      i64x2.mul()
    }
  }
  return () => {
    half(false)()
    half(true)()
    i8x16.shuffle(words(1, 3, 5, 7))
    local.get(low)
    i32x4.splat()
    i32x4.add()
  }
}

/** Elements one after another, where there is no SIMD. */
const emitNumbers = (
  lanes: Lanes,
  structure: Structure,
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
          const value = distribution === 'uniform' ? uniformAt(0) : transform(lanes, structure, readLocal(bits), bounds)
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

const randomModule = (structure: Structure, features: WasmFeatures): Uint8Array<ArrayBuffer> => {
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
      f64.load({ offset: head.cells + 8 * slot }, parameters)
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
    limit(builder, end, wordAt(parameters, head.size))
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
        wordAt(parameters, head.output)()
        wordAt(parameters, head.start)()
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
              const value = builder.keep('v128', transform(lanes, structure, readLocal(bits), bounds))
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

const codeFor = (structure: Structure): KernelCode => {
  const key = `random ${structure.distribution} ${structure.dtype}`
  let code = codes.get(key)
  if (code === undefined) {
    code = { key, build: (features) => randomModule(structure, features) }
    codes.set(key, code)
  }
  return code
}

/**
 * Launches of random numbers. The counter of a block follows from its place, so chunks need nothing from each other.
 *
 * @param kernel - the kernel
 * @returns its plan
 */
export const planRandom: Planner<RandomKernel> = ({ structure, size, offset }) => {
  const parameters = block.words(head.bytes / 4)
  parameters[head.start / 4] = offset * itemSize(structure.dtype)
  parameters[head.size / 4] = size
  return {
    code: codeFor(structure),
    parameters: block.bytes(head.bytes / 4),
    cellsAt: head.cells,
    cellCount: structure.distribution === 'integers' ? 4 : 2,
    phases: [Math.ceil(size / chunkElements)],
    scratchBytes: pieceElements * 8 + 64,
    sharedScratchBytes: 0,
    sharedScratchAt: 0,
  }
}
