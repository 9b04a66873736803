import * as transcendental from '../../ops/transcendental.js'
import type { OpSample } from '../op-sample.js'
import { small, state } from './statement.js'

const inf = Infinity

/** Transcendental functions at their ends, extremes and NaN, and where they would cancel or overflow. */
export const transcendentalConventions: readonly OpSample[] = [
  state('exp', 'extremes', transcendental.exp, {
    x: [-inf, -1000, 0, 1000, inf, NaN],
    y: [0, 0, 1, inf, inf, NaN],
    slope: [0, 0, 1, inf, inf, NaN],
  }),
  state(
    'exp',
    'near the ends of float32',
    transcendental.exp,
    { x: [88.5, -87, 89], y: [Math.exp(88.5), Math.exp(-87), inf], slope: [Math.exp(88.5), Math.exp(-87), inf] },
    { tolerance: 'transcendental', float64: false },
  ),
  state(
    'exp',
    'subnormal result',
    transcendental.exp,
    { x: [-100], y: [Math.fround(Math.exp(-100))] },
    {
      float64: false,
      subnormal: true,
    },
  ),
  state('expm1', 'extremes', transcendental.expm1, {
    x: [-inf, -1000, 0, 1000, inf, NaN],
    y: [-1, -1, 0, inf, inf, NaN],
    slope: [0, 0, 1, inf, inf, NaN],
  }),
  state(
    'expm1',
    'small numbers do not cancel',
    transcendental.expm1,
    { x: [2 ** -60, -(2 ** -60), 2 ** -100], y: [2 ** -60, -(2 ** -60), 2 ** -100] },
    small,
  ),
  state('log', 'extremes', transcendental.log, {
    x: [0, 1, inf, 2 ** 100],
    y: [-inf, 0, inf, 100 * Math.LN2],
    slope: [inf, 1, 0, 2 ** -100],
  }),
  state('log', 'negative numbers have no logarithm', transcendental.log, { x: [-1, NaN, -inf], y: [NaN, NaN, NaN] }),
  state('log1p', 'extremes', transcendental.log1p, {
    x: [-1, 0, inf, 2 ** 100],
    y: [-inf, 0, inf, 100 * Math.LN2],
    slope: [inf, 1, 0, 2 ** -100],
  }),
  state('log1p', 'below −1 and NaN', transcendental.log1p, { x: [-2, NaN], y: [NaN, NaN] }),
  state(
    'log1p',
    'small numbers do not cancel',
    transcendental.log1p,
    { x: [2 ** -60, -(2 ** -60), 2 ** -100], y: [2 ** -60, -(2 ** -60), 2 ** -100] },
    small,
  ),
  state('sin', 'zero, infinities and NaN', transcendental.sin, { x: [0, inf, -inf, NaN], y: [0, NaN, NaN, NaN] }),
  state('sin', 'small numbers', transcendental.sin, { x: [2 ** -60, -(2 ** -80)], y: [2 ** -60, -(2 ** -80)] }, small),
  state('sin', 'large arguments', transcendental.sin, {
    x: [100, -1000, 30000],
    y: [Math.sin(100), -Math.sin(1000), Math.sin(30000)],
    slope: [Math.cos(100), Math.cos(1000), Math.cos(30000)],
  }),
  state('cos', 'zero, infinities and NaN', transcendental.cos, { x: [0, inf, -inf, NaN], y: [1, NaN, NaN, NaN] }),
  state('cos', 'large arguments', transcendental.cos, {
    x: [100, -1000, 30000],
    y: [Math.cos(100), Math.cos(1000), Math.cos(30000)],
    slope: [-Math.sin(100), Math.sin(1000), -Math.sin(30000)],
  }),
  state('tan', 'zero, infinities and NaN', transcendental.tan, { x: [0, inf, -inf, NaN], y: [0, NaN, NaN, NaN] }),
  state('asin', 'the ends, outside, NaN', transcendental.asin, {
    x: [1, -1, 1.5, -2, NaN],
    y: [Math.PI / 2, -Math.PI / 2, NaN, NaN, NaN],
  }),
  state('asin', 'the slope at the ends is infinite', transcendental.asin, {
    x: [1, -1, 0],
    y: [Math.PI / 2, -Math.PI / 2, 0],
    slope: [inf, inf, 1],
  }),
  state('acos', 'the ends, outside, NaN', transcendental.acos, {
    x: [1, -1, 1.5, -2, NaN],
    y: [0, Math.PI, NaN, NaN, NaN],
  }),
  state('acos', 'the slope at the ends is infinite', transcendental.acos, {
    x: [1, -1, 0],
    y: [0, Math.PI, Math.PI / 2],
    slope: [-inf, -inf, -1],
  }),
  state('atan', 'extremes', transcendental.atan, {
    x: [inf, -inf, 1e30, 0],
    y: [Math.PI / 2, -Math.PI / 2, Math.PI / 2, 0],
    slope: [0, 0, 0, 1],
  }),
  state('atan', 'NaN', transcendental.atan, { x: [NaN], y: [NaN] }),
  state('sinh', 'extremes', transcendental.sinh, {
    x: [1000, -1000, inf, -inf, 0],
    y: [inf, -inf, inf, -inf, 0],
    slope: [inf, inf, inf, inf, 1],
  }),
  state('sinh', 'NaN', transcendental.sinh, { x: [NaN], y: [NaN] }),
  state(
    'sinh',
    'small numbers do not cancel',
    transcendental.sinh,
    { x: [2 ** -60, -(2 ** -80)], y: [2 ** -60, -(2 ** -80)] },
    small,
  ),
  state('sinh', 'does not overflow before its result', transcendental.sinh, {
    x: [89, -89],
    y: [Math.sinh(89), -Math.sinh(89)],
    slope: [Math.cosh(89), Math.cosh(89)],
  }),
  state('cosh', 'extremes', transcendental.cosh, {
    x: [1000, -1000, inf, -inf, 0],
    y: [inf, inf, inf, inf, 1],
    slope: [inf, -inf, inf, -inf, 0],
  }),
  state('cosh', 'NaN', transcendental.cosh, { x: [NaN], y: [NaN] }),
  state('cosh', 'does not overflow before its result', transcendental.cosh, {
    x: [89, -89],
    y: [Math.cosh(89), Math.cosh(89)],
    slope: [Math.sinh(89), -Math.sinh(89)],
  }),
  state('erf', 'extremes', transcendental.erf, {
    x: [inf, -inf, 30, -30, 0],
    y: [1, -1, 1, -1, 0],
    slope: [0, 0, 0, 0, 2 / Math.sqrt(Math.PI)],
  }),
  state('erf', 'NaN', transcendental.erf, { x: [NaN], y: [NaN] }),
]
