import { ShapeError, showShape, sizeOf } from '@chainrule/tensor'
import { type InitializerTarget, shapeOf } from './fill.js'

/** How many inputs an output of a layer has, and how many outputs an input. */
export interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}

/**
 * Fans of a weight [out, in, ...window]: in · window and out · window.
 *
 * @param operation - who asks, for the message
 * @param target - a variable or shape of at least two axes
 * @returns both fans
 * @throws ShapeError for fewer axes
 */
export const fansOf = (operation: string, target: InitializerTarget): Fans => {
  const shape = shapeOf(operation, target)
  const [outputs = 0, inputs = 0, ...window] = shape
  if (shape.length < 2) {
    throw new ShapeError(
      `${operation}: got shape ${showShape(shape)}, expected at least two axes, [out, in, ...]. Use uniform or normal for a vector.`,
    )
  }
  const field = sizeOf(window)
  return { fanIn: inputs * field, fanOut: outputs * field }
}
