import * as activation from '../../ops/activation.js'
import type { OpSample } from '../op-sample.js'
import { small, state } from './statement.js'

const inf = Infinity
const exact = { tolerance: 'exact' } as const

/** Activations at kinks, extremes and NaN. */
export const activationConventions: readonly OpSample[] = [
  state('tanh', 'extremes', activation.tanh, {
    x: [1000, -1000, inf, -inf, 0, NaN],
    y: [1, -1, 1, -1, 0, NaN],
    slope: [0, 0, 0, 0, 1, NaN],
  }),
  state('tanh', 'small numbers', activation.tanh, { x: [2 ** -60, -(2 ** -80)], y: [2 ** -60, -(2 ** -80)] }, small),
  state('sigmoid', 'extremes', activation.sigmoid, {
    x: [1000, -1000, inf, -inf, 0, NaN],
    y: [1, 0, 1, 0, 0.5, NaN],
    slope: [0, 0, 0, 0, 0.25, NaN],
  }),
  state(
    'sigmoid',
    'far below 0 it is e^x',
    activation.sigmoid,
    { x: [-50, -80], y: [Math.exp(-50), Math.exp(-80)], slope: [Math.exp(-50), Math.exp(-80)] },
    small,
  ),
  state('softplus', 'extremes', activation.softplus, {
    x: [1000, -1000, inf, -inf, 0],
    y: [1000, 0, inf, 0, Math.LN2],
    slope: [1, 0, 1, 0, 0.5],
  }),
  state(
    'softplus',
    'far below 0 it is e^x',
    activation.softplus,
    { x: [-50, -80], y: [Math.exp(-50), Math.exp(-80)], slope: [Math.exp(-50), Math.exp(-80)] },
    small,
  ),
  state('softplus', 'NaN', activation.softplus, { x: [NaN], y: [NaN] }),
  state('softplus', 'above the threshold it is x', (x) => activation.softplus(x, { threshold: 1 }), {
    x: [1.5, 0],
    y: [1.5, Math.LN2],
    slope: [1, 0.5],
  }),
  state(
    'relu',
    'the slope at 0 is 0',
    activation.relu,
    { x: [0, -0, -1, 1, inf, -inf], y: [0, 0, 0, 1, inf, 0], slope: [0, 0, 0, 1, 1, 0] },
    exact,
  ),
  state('relu', 'NaN', activation.relu, { x: [NaN], y: [NaN] }, exact),
  state(
    'leakyRelu',
    'the slope at 0 is the negative one',
    (x) => activation.leakyRelu(x, 0.25),
    { x: [0, -2, 2, -inf, inf], y: [0, -0.5, 2, -inf, inf], slope: [0.25, 0.25, 1, 0.25, 1] },
    exact,
  ),
  state('leakyRelu', 'NaN', activation.leakyRelu, { x: [NaN], y: [NaN] }, exact),
  state('elu', 'the slope at 0 is alpha', (x) => activation.elu(x, 0.5), {
    x: [0, -inf, -1000, inf, 1000],
    y: [0, -0.5, -0.5, inf, 1000],
    slope: [0.5, 0, 0, 1, 1],
  }),
  state('elu', 'NaN', activation.elu, { x: [NaN], y: [NaN] }),
  state(
    'elu',
    'small negative numbers do not cancel',
    activation.elu,
    { x: [-(2 ** -60), -(2 ** -100)], y: [-(2 ** -60), -(2 ** -100)] },
    small,
  ),
  state('gelu', 'far from 0', activation.gelu, { x: [0, 100, -100], y: [0, 100, 0], slope: [0.5, 1, 0] }),
  state('gelu', 'infinity', activation.gelu, { x: [inf], y: [inf] }),
  state('gelu', 'NaN', activation.gelu, { x: [NaN], y: [NaN] }),
  state('gelu', 'by tanh, far from 0', (x) => activation.gelu(x, { approximate: 'tanh' }), {
    x: [0, 100, -100],
    y: [0, 100, 0],
    slope: [0.5, 1, 0],
  }),
  state('silu', 'far from 0', activation.silu, { x: [0, 1000, -1000], y: [0, 1000, 0], slope: [0.5, 1, 0] }),
  state('silu', 'NaN', activation.silu, { x: [NaN], y: [NaN] }),
]
