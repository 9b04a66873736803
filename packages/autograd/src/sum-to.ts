import { reshape, sameShape, sum, type Tensor } from '@chainrule/tensor'

/** The adjoint of broadcasting: sums over the axes along which a shape was repeated. */
export const sumTo = (x: Tensor, shape: readonly number[]): Tensor => {
  if (sameShape(x.shape, shape)) return x
  const lead = x.rank - shape.length
  const axes = x.shape.flatMap((size, axis) => (axis < lead || (shape[axis - lead] === 1 && size !== 1) ? [axis] : []))
  return reshape(axes.length === 0 ? x : sum(x, axes), shape)
}
