import { DTypeError, isFloating, requireTensor, sameShape, ShapeError, showShape, type Tensor } from '@chainrule/tensor'

/** Refuses an input that is not floating. */
export const requireFloating = (loss: string, input: Tensor): void => {
  requireTensor(loss, input, 'the input')
  if (!isFloating(input.dtype)) {
    throw new DTypeError(
      `${loss}: got an input of ${input.dtype}, expected a floating dtype. Convert with .to('float32').`,
    )
  }
}

/** Refuses operands of different shapes: broadcasting [N] against [N, 1] would compare everything with everything. */
export const requireSameShape = (loss: string, input: Tensor, target: Tensor, name = 'target'): void => {
  requireTensor(loss, input, 'the input')
  requireTensor(loss, target, `the ${name}`)
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeError(
      `${loss}: got an input of ${showShape(input.shape)} and a ${name} of ${showShape(target.shape)}, expected one shape. ` +
        'Reshape or squeeze one of them; losses do not broadcast.',
    )
  }
}
