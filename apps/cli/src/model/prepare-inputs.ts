import { ArgumentError, scope, type Tensor } from 'chainrule'
import { type Preparation, standardize } from '../data/preparation.js'
import { shapeText } from '../report/format.js'

/** Grey levels of a byte. */
const levels = 255

/**
 * Samples of a file as a network takes them: with a first axis for samples and one for channels, whole numbers as grey levels in
 * 0…1, and features standardised as those it learned from.
 *
 * @param loaded - one sample or many
 * @param sampleShape - what the network takes: [channels, height, width] or [features]
 * @param preparation - shift and scale of features
 * @returns float32, [samples, …sampleShape]
 * @throws ArgumentError where the shape cannot be meant
 */
export function prepareInputs(
  loaded: Tensor,
  sampleShape: readonly number[],
  preparation: Preparation | undefined,
): Tensor {
  const { shape } = loaded
  const bare = sampleShape[0] === 1 ? sampleShape.slice(1) : sampleShape
  const endsWith = (tail: readonly number[]): boolean =>
    shape.slice(shape.length - tail.length).join() === tail.join() && shape.length - tail.length <= 1
  if (!endsWith(sampleShape) && !endsWith(bare)) {
    throw new ArgumentError(
      `predict: got shape ${shapeText(shape)}, expected ${shapeText(sampleShape)}, or any number of such samples along a first axis.`,
    )
  }
  return scope(() => {
    const rows = loaded.reshape([-1, ...sampleShape])
    if (preparation !== undefined) return standardize(rows, preparation)
    return loaded.dtype === 'int32' ? rows.to('float32').div(levels) : rows.to('float32')
  })
}
