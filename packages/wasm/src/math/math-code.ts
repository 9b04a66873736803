import type { DType } from '@chainrule/tensor'
import type { FloatLanes } from '../assembly/float-lanes.js'
import type { Term } from '../assembly/function-builder.js'
import { floatLanes, type Lanes } from '../assembly/lanes.js'
import { atan } from './atan.js'
import { cos } from './cos.js'
import { erf } from './erf.js'
import { exp } from './exp.js'
import { expm1 } from './expm1.js'
import { log } from './log.js'
import { log1p } from './log1p.js'
import { pow } from './pow.js'
import { sigmoid } from './sigmoid.js'
import { sin } from './sin.js'
import { tanh } from './tanh.js'

/** Makes a value of a floating dtype from terms; each is emitted once. */
export type MathCode = (lanes: Lanes, dtype: DType, terms: readonly [Term, Term, ...Term[]]) => Term

const ofOne =
  (formula: (float: FloatLanes, x: Term) => Term): MathCode =>
  (lanes, dtype, [x]) =>
    formula(floatLanes(lanes, dtype), x)

/** The functions that are approximated. */
export const mathCode = {
  atan: ofOne(atan),
  cos: (lanes, dtype, [x]) => cos(lanes, dtype, x),
  erf: ofOne(erf),
  exp: ofOne(exp),
  expm1: ofOne(expm1),
  log: ofOne(log),
  log1p: ofOne(log1p),
  pow: (lanes, dtype, [x, y]) => pow(lanes, dtype, x, y),
  sigmoid: ofOne(sigmoid),
  sin: (lanes, dtype, [x]) => sin(lanes, dtype, x),
  tanh: ofOne(tanh),
} as const satisfies Record<string, MathCode>
