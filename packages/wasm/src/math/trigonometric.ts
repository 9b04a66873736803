import { f32, f32x4, f64, f64x2, i8x16, local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { DType } from '@chainrule/tensor'
import type { FloatLanes } from '../assembly/float-lanes.js'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'
import { keepValue, type Lanes } from '../assembly/lanes.js'
import { libraryFunction, readLocal } from '../assembly/library-function.js'
import { numberLanes } from '../assembly/number-lanes.js'
import { signBit } from './copy-sign.js'
import { polynomial } from './polynomial.js'
import { moderateAngle, reduceAngle, type ReducedAngle, reduceFloat32Angle } from './reduce-angle.js'
import { reduceLargeAngle } from './reduce-large-angle.js'
import { narrowPairs, widenHigh, widenLow } from './through-float64.js'

/** Which of the two; the cosine is the sine one quadrant on. */
export type Wave = 'sin' | 'cos'

/** (sin r / r − 1) / r² and (cos r − 1 + r²/2) / r⁴ in r², |r| ≤ π/4: minimax, and fdlibm's k_sin.c and k_cos.c. */
const series = {
  32: {
    sin: [-0.16666655242443085, 0.008332187309861183, -0.00019517906184773892],
    cos: [0.04166664555668831, -0.0013887309469282627, 2.4432327336398885e-5],
  },
  64: {
    sin: [
      -1.66666666666666324348e-1, 8.33333333332248946124e-3, -1.98412698298579493134e-4, 2.75573137070700676789e-6,
      -2.50507602534068634195e-8, 1.58969099521155010221e-10,
    ],
    cos: [
      4.16666666666666019037e-2, -1.38888888888741095749e-3, 2.48015872894767294178e-5, -2.75573143513906633035e-7,
      2.0875723212981748279e-9, -1.13596475577881948265e-11,
    ],
  },
} as const

/** ± sin or cos of the remainder, as the quadrant says. */
const evaluate = (
  float: FloatLanes,
  wave: Wave,
  { high, quadrant, low }: Omit<ReducedAngle, 'low'> & Partial<ReducedAngle>,
): Term => {
  const { sin: sinSeries, cos: cosSeries } = series[float.width]
  const one = float.constant(1)
  const square = float.keep(float.mul(high, high))
  const half = float.keep(float.mul(square, float.constant(0.5)))
  let sine: Term
  let cosine: Term
  if (low === undefined) {
    sine = float.madd(polynomial(float, square, sinSeries), float.mul(square, high), high)
    cosine = float.sub(one, float.nmadd(polynomial(float, square, cosSeries), float.mul(square, square), half))
  } else {
    const cube = float.keep(float.mul(square, high))
    const tail = polynomial(float, square, sinSeries.slice(1))
    const correction = float.sub(float.mul(low, float.constant(0.5)), float.mul(cube, tail))
    sine = float.sub(
      high,
      float.sub(float.sub(float.mul(square, correction), low), float.mul(cube, float.constant(sinSeries[0]))),
    )
    const near = float.keep(float.sub(one, half))
    const rest = float.sub(
      float.mul(float.mul(square, square), polynomial(float, square, cosSeries)),
      float.mul(high, low),
    )
    cosine = float.add(near, float.add(float.sub(float.sub(one, near), half), rest))
  }
  const turned = float.keepBits(wave === 'sin' ? quadrant : float.bitsAdd(quadrant, float.bits(1)))
  const isOdd = float.lowestBit(turned)
  const value = float.select(isOdd, float.keep(cosine), float.keep(sine))
  const sign = signBit(float, float.fromBits(float.shiftLeft(turned, float.width - 2)))
  return float.fromBits(float.bitsXor(float.toBits(value), sign))
}

/**
 * The sine of an angle given by quadrant and remainder: sin(q π/2 + r).
 *
 * @param float - the arithmetic
 * @param rest - r, |r| ≤ π/4; emitted often
 * @param quadrant - bits whose low part is q
 * @returns the sine
 */
export const quarterWave = (float: FloatLanes, rest: Term, quadrant: Term): Term =>
  evaluate(float, 'sin', { high: rest, quadrant })

/** A sine of |x| turned into that of x. Only so the sine of −0 is −0. */
const withSignOf = (float: FloatLanes, x: Term, sine: Term): Term =>
  float.fromBits(float.bitsXor(float.toBits(sine), signBit(float, x)))

/** The wave of one float64 number of any size: the way taken where a lane is too large for the vectors. */
const ofNumber = (builder: FunctionBuilder, wave: Wave): ((x: Term) => Term) =>
  libraryFunction(builder.library, `${wave}:number`, ['f64'], 'f64', (inner, [given]) => {
    const x = given ?? (() => undefined)
    const float = numberLanes(inner, 64)
    const size = float.keep(float.abs(x))
    const result = inner.local('f64')
    float.lessEqual(size, float.constant(moderateAngle))()
    branch(
      () => {
        evaluate(float, wave, reduceAngle(float, size))()
        local.set(result)
      },
      () => {
        // NaN for infinity, and for NaN.
        local.set(result, f64.const(NaN))
        float.less(size, float.constant(Infinity))()
        branch(() => {
          const quadrant = inner.local('i64')
          const remainder = inner.local('f64')
          reduceLargeAngle(inner, size, quadrant, remainder)
          evaluate(float, wave, { high: readLocal(remainder), quadrant: readLocal(quadrant) })()
          local.set(result)
        })
      },
    )
    if (wave === 'sin') return withSignOf(float, x, readLocal(result))
    return readLocal(result)
  })

/** Four float32 lanes: reduced as two pairs of float64, then evaluated in float32. */
const fast32 = (lanes: Lanes, wave: Wave, x: Term): Term => {
  const { float32, float64, count } = lanes
  const low = reduceFloat32Angle(float64, float64.keep(widenLow(x)))
  if (count === 2) {
    const high = float32.keep(() => {
      low.high()
      f32x4.demote_f64x2_zero()
    })
    return evaluate(float32, wave, { high, quadrant: joinLowWords(low.quadrant, low.quadrant) })
  }
  const high = reduceFloat32Angle(float64, float64.keep(widenHigh(x)))
  const remainder = float32.keep(narrowPairs(low.high, high.high))
  return evaluate(float32, wave, { high: remainder, quadrant: joinLowWords(low.quadrant, high.quadrant) })
}

const lowWords = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]

const joinLowWords =
  (x: Term, y: Term): Term =>
  () => {
    x()
    y()
    i8x16.shuffle(lowWords)
  }

/** Every lane for itself. */
const laneByLane = (lanes: Lanes, wave: Wave, float: FloatLanes, x: Term): Term => {
  const numbers = ofNumber(lanes.builder, wave)
  const narrow = float.width === 32
  return () => {
    x()
    for (let lane = 0; lane < lanes.count; lane++) {
      numbers(() => {
        x()
        if (narrow) f32x4.extract_lane(lane)
        else f64x2.extract_lane(lane)
        if (narrow) f64.promote_f32()
      })()
      if (narrow) f32.demote_f64()
      if (narrow) f32x4.replace_lane(lane)
      else f64x2.replace_lane(lane)
    }
  }
}

/**
 * Sine or cosine of angles of any size. Up to 1647099 the multiple of π/2 is taken off in float64 parts; beyond, lane by
 * lane, with as many bits of 2/π as it takes. Infinity and NaN give NaN. Largest errors: float32 2 ulp, float64 2 ulp (3
 * beyond 1647099).
 *
 * @param lanes - the arithmetic
 * @param dtype - float32 or float64
 * @param wave - which of the two
 * @param x - the angle; emitted once
 * @returns its sine or cosine
 */
export const trigonometric = (lanes: Lanes, dtype: DType, wave: Wave, x: Term): Term => {
  const { builder, count } = lanes
  const isNarrow = dtype !== 'float64'
  if (count === 1) {
    const compute = ofNumber(builder, wave)
    if (!isNarrow) return compute(x)
    const wide = compute(() => {
      x()
      f64.promote_f32()
    })
    return () => {
      wide()
      f32.demote_f64()
    }
  }
  const float = isNarrow ? lanes.float32 : lanes.float64
  const given = keepValue(lanes, dtype, x)
  const size = float.keep(float.abs(given))
  const result = builder.local('v128')
  // A comparison that NaN fails too.
  float.any(float.maskNot(float.lessEqual(size, float.constant(moderateAngle))))()
  branch(
    () => {
      laneByLane(lanes, wave, float, given)()
      local.set(result)
    },
    () => {
      builder.scope(() => {
        const value = isNarrow ? fast32(lanes, wave, size) : evaluate(float, wave, reduceAngle(float, size))
        if (wave === 'cos') value()
        else withSignOf(float, given, value)()
        local.set(result)
      })
    },
  )
  return readLocal(result)
}
