import { applyComposite } from '../composite.js'
import { requireTensor } from '../require-tensor.js'
import type { Tensor } from '../tensor.js'
import { asMatrix, checkLinear, linearComposite } from './composites/linear.js'
import { matmul } from './matmul.js'
import { reshape, transpose, unsqueeze } from './movement.js'
import { promoteAll } from './promotion.js'
import { single } from './single.js'

/**
 * y = x Wᵀ + b, in one kernel.
 *
 * @param x - [..., in]
 * @param weight - [out, in]
 * @param bias - [out], or undefined for none
 * @returns [..., out]
 * @throws ShapeError when the sizes do not fit
 *
 * @example
 * ```ts
 * import { linear, tensor } from '@chainrule/tensor'
 * const y = linear(tensor([[1, 2]]), tensor([[3, 4]]), tensor([5]))
 * console.log(y.toString()) // tensor([[16]], float32)
 * ```
 */
export const linear = (x: Tensor, weight: Tensor, bias?: Tensor): Tensor => {
  requireTensor('linear', x)
  requireTensor('linear', weight)
  if (bias === undefined) {
    checkLinear(x, weight)
    const product = matmul(x.rank > 2 ? asMatrix(x) : x, transpose(weight, 0, 1))
    return x.rank > 2 ? reshape(product, [...x.shape.slice(0, -1), weight.shape[0] ?? 0]) : product
  }
  const [input = x, matrix = weight, shift = bias] = promoteAll([x, weight, bias])
  if (x.rank === 1) return reshape(linear(unsqueeze(input, 0), matrix, shift), [weight.shape[0] ?? 0])
  return single(applyComposite(linearComposite, [input, matrix, shift], {}))
}
