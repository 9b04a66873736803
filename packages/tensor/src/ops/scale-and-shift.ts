import { add as sum, mul as product } from '../expression/builders.js'
import type { Tensor } from '../tensor.js'
import { add, mul } from './arithmetic.js'
import { defineElementwise } from './define-elementwise.js'

const scaledAndShifted = defineElementwise({
  name: 'scaleAndShift',
  meaning: (x, weight, bias) => sum(product(x, weight), bias),
})

/**
 * x · weight + bias in one kernel; either may be left out.
 *
 * @param x - a floating tensor
 * @param weight - scale, of a shape that broadcasts to that of x
 * @param bias - shift, likewise
 * @returns a tensor of the shape of x
 *
 * @example
 * ```ts
 * import { scaleAndShift, tensor } from '@chainrule/tensor'
 * console.log(scaleAndShift(tensor([1, 2]), tensor([10, 100]), tensor(1)).toString()) // tensor([11, 201], float32)
 * ```
 */
export const scaleAndShift = (x: Tensor, weight?: Tensor, bias?: Tensor): Tensor => {
  if (weight === undefined) return bias === undefined ? x : add(x, bias)
  return bias === undefined ? mul(x, weight) : scaledAndShifted([x, weight, bias])
}
