import { ArgumentError, type Tensor } from 'chainrule'
import type { ModelChoice } from '../model/model-choice.js'
import type { Preparation } from './preparation.js'
import { shapeText } from '../report/format.js'

/** Samples side by side, as a loader takes and yields them. */
export interface LabelledSamples {
  /** Float32, the first axis the samples. */
  readonly inputs: Tensor
  /** Int32 class numbers, shape [samples]. */
  readonly labels: Tensor
}

/** A classification problem. */
export interface Classification {
  /** What it is, for a person. */
  readonly description: string
  readonly train: LabelledSamples
  readonly test: LabelledSamples
  /** Name of each class, by its number. */
  readonly classNames: readonly string[]
  /** What was done to the numbers of a file; undefined where nothing was. */
  readonly preparation: Preparation | undefined
}

/** Releases the tensors. */
export function disposeSamples({ inputs, labels }: LabelledSamples): void {
  inputs.dispose()
  labels.dispose()
}

/**
 * Makes sure that a network can take samples.
 *
 * @throws ArgumentError where their shape or the number of classes differ
 */
export async function checkFits({ inputs, labels }: LabelledSamples, model: ModelChoice): Promise<void> {
  const shape = inputs.shape.slice(1)
  const classes = 1 + (await labels.max().item())
  if (shape.join() === model.sampleShape.join() && classes <= model.classes) return
  throw new ArgumentError(
    `eval: got samples of ${shapeText(shape)} in ${classes} classes, expected ${shapeText(model.sampleShape)} in ` +
      `${model.classes}, as the network has learned. Choose other data.`,
  )
}
