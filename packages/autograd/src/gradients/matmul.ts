import { matmul, reshape, type Tensor, transpose } from '@chainrule/tensor'
import type { GradientRule } from '../gradient-rule.js'
import { sumTo } from '../sum-to.js'

const flipped = (x: Tensor): Tensor => transpose(x, -1, -2)

/** All leading axes as rows of one matrix. */
const asRows = (x: Tensor): Tensor => reshape(x, [-1, x.shape[x.rank - 1] ?? 0])

/** C = A B: ∂A = ∂C Bᵀ, ∂B = Aᵀ ∂C, summed over broadcast batches. */
export const matmulGradient: GradientRule<'matmul'> = {
  saves: (_, [left, right]) => ({ inputs: [...(right ? [0] : []), ...(left ? [1] : [])] }),
  vjp: ({ inputs: [a, b], needs, input }, [gradient]) => {
    if (gradient === undefined || a === undefined || b === undefined) return [undefined, undefined]
    const right = (): Tensor => {
      const left = input(0)
      // One matrix against a batch: the batch joins the rows, so one product sums it.
      if (b.shape.length === 2 && left.rank > 2 && left.size > 0) return matmul(flipped(asRows(left)), asRows(gradient))
      return sumTo(matmul(flipped(left), gradient), b.shape)
    }
    return [needs[0] ? sumTo(matmul(gradient, flipped(input(1))), a.shape) : undefined, needs[1] ? right() : undefined]
  },
}
