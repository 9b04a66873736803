import { activeCapture, DTypeError, IndexError, sameShape, ShapeError, showShape, type Tensor } from '@chainrule/tensor'

/** The axis of the classes: 1, or 0 for a single sample. */
export const classAxis = (input: Tensor): 0 | 1 => (input.rank === 1 ? 0 : 1)

/** Refuses targets that are not numbers of classes for an input [N, C, ...] or [C]. */
export const requireClasses = (loss: string, input: Tensor, target: Tensor, ignoreIndex: number): void => {
  if (target.dtype !== 'int32') {
    throw new DTypeError(
      `${loss}: got targets of ${target.dtype} and ${showShape(target.shape)} for an input of ${showShape(input.shape)}, expected int32 ` +
        "numbers of classes. Make them with tensor(…, {dtype: 'int32'}), or convert with .to('int32').",
    )
  }
  const axis = classAxis(input)
  const expected = input.shape.filter((_, place) => place !== axis)
  if (input.rank === 0 || !sameShape(target.shape, expected)) {
    throw new ShapeError(
      `${loss}: got an input of ${showShape(input.shape)} and targets of ${showShape(target.shape)}, expected [N, C, ...] and [N, ...], ` +
        'or [C] and a scalar. The classes are axis 1.',
    )
  }
  requireRange(loss, input.shape[axis] ?? 0, target, ignoreIndex)
}

/** Where targets can be read at once: refuses the first that is no class. Elsewhere its loss is NaN. */
const requireRange = (loss: string, classes: number, target: Tensor, ignoreIndex: number): void => {
  if (activeCapture() !== undefined || target.home.readSync === undefined) return
  const numbers = target.dataSync()
  const place = numbers.findIndex((number) => number !== ignoreIndex && (number < 0 || number >= classes))
  if (place < 0) return
  throw new IndexError(
    `${loss}: got target ${numbers[place]} at position ${place}, expected 0 … ${classes - 1} or the ignored ${ignoreIndex}. ` +
      "Check the labels, and the last layer's outFeatures.",
  )
}

/** Refuses class weights other than one number a class. */
export const requireWeights = (loss: string, input: Tensor, weight: Tensor): void => {
  const classes = input.shape[classAxis(input)] ?? 0
  if (!sameShape(weight.shape, [classes])) {
    throw new ShapeError(
      `${loss}: got a weight of ${showShape(weight.shape)}, expected [${classes}], one number a class of the input ${showShape(input.shape)}.`,
    )
  }
}
