import type { DType } from '@chainrule/tensor'
import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { floatLanes, type Lanes } from '../assembly/lanes.js'
import { libraryFunction } from '../assembly/library-function.js'
import { makeLanes } from '../assembly/lanes.js'
import { exp } from './exp.js'
import { log } from './log.js'
import { precisePower } from './precise-power.js'
import { signBit } from './copy-sign.js'
import { throughFloat64 } from './through-float64.js'

/**
 * x^y. float32 goes through float64 logarithm and exponential, so it is rounded once; float64 carries the logarithm in two
 * parts. The special cases are those of IEEE 754: 1 to any power and any number to the power 0 are 1, NaN included.
 * Largest errors: float32 1 ulp, float64 2 ulp.
 *
 * @param lanes - the arithmetic
 * @param dtype - float32 or float64
 * @param base - x; emitted once
 * @param exponent - y; emitted once
 * @returns the power
 */
export const pow = (lanes: Lanes, dtype: DType, base: Term, exponent: Term): Term => {
  const float = floatLanes(lanes, dtype)
  const x = float.keep(base)
  const y = float.keep(exponent)
  const size = float.keep(float.abs(x))
  const power =
    dtype === 'float64'
      ? ofPositive64(lanes)(size, y)
      : throughFloat64(lanes, 'powerOfPositive', [size, y], (wide, [wideSize, wideExponent]) =>
          exp(wide, wide.mul(log(wide, wideSize ?? size), wideExponent ?? y)),
        )
  return withSpecialPowers(float, x, size, y, float.keep(power))
}

const ofPositive64 = (lanes: Lanes): ((...values: readonly Term[]) => Term) => {
  const type = lanes.count === 1 ? 'f64' : 'v128'
  return libraryFunction(lanes.builder.library, `pow:${type}`, [type, type], type, (builder, [x, y]) => {
    if (x === undefined || y === undefined) throw new Error('pow has two arguments.')
    return precisePower(makeLanes(builder, lanes.features, lanes.count).float64, x, y)
  })
}

const withSpecialPowers = (float: FloatLanes, x: Term, size: Term, y: Term, power: Term): Term => {
  const zero = float.constant(0)
  const one = float.constant(1)
  const half = float.keep(float.mul(y, float.constant(0.5)))
  const isWhole = float.keepMask(float.equal(float.floor(y), y))
  const isOdd = float.maskAnd(isWhole, float.notEqual(float.floor(half), half))
  // ±1 to an infinite power is 1, where the product of a logarithm of 0 with infinity is NaN.
  const isUnitBase = float.maskAnd(float.equal(size, one), float.equal(y, y))
  const ofSize = float.keep(float.select(isUnitBase, one, power))
  const negated = float.fromBits(float.bitsXor(float.toBits(ofSize), signBit(float, x)))
  const signed = float.keep(float.select(isOdd, negated, ofSize))
  const isFiniteNegative = float.maskAnd(float.less(x, zero), float.less(size, float.constant(Infinity)))
  const isUndefined = float.maskAnd(isFiniteNegative, float.maskNot(isWhole))
  const defined = float.keep(float.select(isUndefined, float.constant(NaN), signed))
  return float.select(float.maskOr(float.equal(y, zero), float.equal(x, one)), one, defined)
}
