import { broadcastTo, div, equal, mul, reshape, sum, type Tensor } from '@chainrule/tensor'
import type { GradientRule } from '../gradient-rule.js'

/** A reduced tensor spread over the shape that was reduced. */
export const spread = (x: Tensor, shape: readonly number[], axes: readonly number[]): Tensor =>
  broadcastTo(
    reshape(
      x,
      shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
    ),
    shape,
  )

/** Share of each element in a maximum or minimum: 1, or 1/n for n equals. */
export const shareOfExtreme = (x: Tensor, extreme: Tensor, axes: readonly number[]): Tensor => {
  const ties = equal(x, spread(extreme, x.shape, axes)).to(x.dtype)
  return div(ties, sum(ties, axes, { keepDims: true }))
}

/** sum: every element gets the gradient. max, min: the extreme elements share it. */
export const reduceGradient: GradientRule<'reduce'> = {
  saves: ({ reduction }) => (reduction === 'sum' ? {} : { inputs: [0], outputs: [0] }),
  vjp: ({ attributes: { reduction, axes }, inputs: [spec], input, output }, [gradient]) => {
    if (gradient === undefined || spec === undefined) return [undefined]
    const everywhere = spread(gradient, spec.shape, axes)
    if (reduction === 'sum') return [everywhere]
    return [mul(everywhere, shareOfExtreme(input(0), output(0), axes))]
  },
}
