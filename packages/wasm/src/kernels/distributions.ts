import type { RandomKernel } from '@chainrule/tensor'
import { f32, f32x4, f64, f64x2, i32, i32x4, i64, i64x2, i8x16, local, type Local, v128 } from 'wasmati'
import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import type { Lanes } from '../assembly/lanes.js'
import { log } from '../math/log.js'
import { quarterWave } from '../math/trigonometric.js'

/** What decides the code of random numbers. */
export type RandomStructure = RandomKernel['structure']
type SixteenLanes = Parameters<typeof i8x16.shuffle>[0]

const words = (...lanes: readonly number[]): SixteenLanes =>
  lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))

/** How many words of bits one element takes. */
export const wordsPerElement = ({ dtype }: RandomStructure): number => (dtype === 'float64' ? 2 : 1)

/** (bits >>> 8) · 2^−24. */
export const singleUniform = ({ count, float32 }: Lanes, bits: Term): Term =>
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
export const doubleUniform = ({ count, float64 }: Lanes, bits: Local<'v128'> | readonly [Term, Term]): Term => {
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
export const boxMuller = (float: FloatLanes, first: Term, second: Term, isSine: Term): Term => {
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
export const transformBits = (lanes: Lanes, structure: RandomStructure, address: Term, bounds: Bounds): Term => {
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
export interface Bounds {
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
