import { ArgumentError, DTypeError, isFloating, sameShape, ShapeError, showShape, Tensor } from '@chainrule/tensor'

/** Refuses what is not a tensor, such as an array. */
export const requireTensor = (loss: string, name: string, operand: unknown): void => {
  if (operand instanceof Tensor) return
  const got = operand === null ? 'null' : Array.isArray(operand) ? 'an array' : typeof operand
  throw new ArgumentError(`${loss}: got ${got} as the ${name}, expected a tensor. Wrap data with tensor(…).`)
}

/** Refuses an input that is not floating. */
export const requireFloating = (loss: string, input: Tensor): void => {
  requireTensor(loss, 'input', input)
  if (!isFloating(input.dtype)) {
    throw new DTypeError(
      `${loss}: got an input of ${input.dtype}, expected a floating dtype. Convert with .to('float32').`,
    )
  }
}

/** Refuses operands of different shapes: broadcasting [N] against [N, 1] would compare everything with everything. */
export const requireSameShape = (loss: string, input: Tensor, target: Tensor, name = 'target'): void => {
  requireTensor(loss, 'input', input)
  requireTensor(loss, name, target)
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeError(
      `${loss}: got an input of ${showShape(input.shape)} and a ${name} of ${showShape(target.shape)}, expected one shape. ` +
        'Reshape or squeeze one of them; losses do not broadcast.',
    )
  }
}
