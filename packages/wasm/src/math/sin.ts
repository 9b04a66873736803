import type { DType } from '@chainrule/tensor'
import type { Term } from '../assembly/function-builder.js'
import type { Lanes } from '../assembly/lanes.js'
import { trigonometric } from './trigonometric.js'

/**
 * Sine. Largest errors: float32 2 ulp, float64 2 ulp (3 for |x| > 1647099).
 *
 * @param lanes - the arithmetic
 * @param dtype - float32 or float64
 * @param x - the angle in radians; emitted once
 * @returns its sine
 */
export const sin = (lanes: Lanes, dtype: DType, x: Term): Term => trigonometric(lanes, dtype, 'sin', x)
