import type { ScalarOp } from '../expression/scalar-ops.js'
import { erf } from './erf.js'
import type { ReferenceDType } from './elements.js'

/** A scalar primitive in float64; those of fewer than three arguments ignore the rest. */
export type ScalarFunction = (x: number, y: number, z: number) => number

/** Rounds halves to even: `Math.round` sends them up, so an odd result of a half steps back. */
const roundHalfToEven = (x: number): number => {
  const rounded = Math.round(x)
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

/** IEEE 754 `pow`: 1 to any power, and ±1 to an infinite power, are 1, where `Math.pow` gives NaN. */
const power = (x: number, y: number): number => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y))

/** 1 / (1 + e^−x), with the exponential always of a number ≤ 0 so that it cannot overflow. */
const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))

const truth = (claim: boolean): number => (claim ? 1 : 0)

/**
 * What each scalar primitive means, on float64. The caller rounds or wraps the result to the dtype of the node;
 * only the product of int32 needs more (`Math.imul`), as it may pass 2^53.
 */
export const scalarFunctions: Record<ScalarOp, ScalarFunction> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  pow: power,
  maximum: (x, y) => Math.max(x, y),
  minimum: (x, y) => Math.min(x, y),
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfToEven,
  sqrt: Math.sqrt,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  atan: Math.atan,
  tanh: Math.tanh,
  erf,
  sigmoid,
  equal: (x, y) => truth(x === y),
  less: (x, y) => truth(x < y),
  lessEqual: (x, y) => truth(x <= y),
  logicalAnd: (x, y) => truth(x !== 0 && y !== 0),
  logicalOr: (x, y) => truth(x !== 0 || y !== 0),
  logicalNot: (x) => truth(x === 0),
  where: (condition, x, y) => (condition !== 0 ? x : y),
  cast: (x) => x,
}

const smallestInteger = -(2 ** 31)
const largestInteger = 2 ** 31 - 1

/** What `cast` to each dtype does; constants, cells and row counts enter an expression the same way. */
export const conversions: Record<ReferenceDType, (x: number) => number> = {
  bool: (x) => truth(x !== 0),
  int32: (x) => (Number.isNaN(x) ? 0 : Math.max(smallestInteger, Math.min(largestInteger, Math.trunc(x))) | 0),
  float32: Math.fround,
  float64: (x) => x,
}
