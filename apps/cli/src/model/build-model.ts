import { Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential, type TensorModule } from 'chainrule'
import { shapeText } from '../report/format.js'
import { UsageError } from '../usage-error.js'
import type { ModelChoice } from './model-choice.js'

const channels = [8, 16] as const
const kernelSize = 5
const poolSize = 2

/** How many numbers come out of the convolutions, each of which keeps the size and is followed by a pooling. */
function convolvedFeatures(sampleShape: readonly number[]): number {
  const [, height = 0, width = 0] = sampleShape
  const reduction = poolSize ** channels.length
  if (sampleShape.length !== 3 || Math.min(height, width) < reduction) {
    throw new UsageError(
      `--model cnn needs images of at least ${reduction} × ${reduction} pixels, not samples of ${shapeText(sampleShape)}.`,
    )
  }
  return Math.floor(height / reduction) * Math.floor(width / reduction) * (channels.at(-1) ?? 0)
}

const denseFeatures = ({ kind, sampleShape }: ModelChoice): number =>
  kind === 'cnn' ? convolvedFeatures(sampleShape) : sampleShape.reduce((product, length) => product * length, 1)

function convolutions(incoming: number): TensorModule[] {
  let previous = incoming
  return channels.flatMap((outgoing) => {
    const convolution = new Conv2d(previous, outgoing, kernelSize, { padding: (kernelSize - 1) / 2 })
    previous = outgoing
    return [convolution, new ReLU(), new MaxPool2d(poolSize)]
  })
}

/**
 * Builds a network that maps [samples, …sampleShape] to logits [samples, classes].
 *
 * @param choice - kind, widths, shapes
 * @returns the network, freshly initialised
 * @throws UsageError where the kind does not fit the samples
 */
export function buildModel(choice: ModelChoice): Sequential {
  const { kind, hidden, sampleShape, classes } = choice
  let incoming = denseFeatures(choice)
  const modules: TensorModule[] = [...(kind === 'cnn' ? convolutions(sampleShape[0] ?? 1) : []), new Flatten()]
  for (const width of hidden) {
    modules.push(new Linear(incoming, width), new ReLU())
    incoming = width
  }
  return new Sequential(...modules, new Linear(incoming, classes))
}

/** How a network is called: `mlp 784-128-10`, `cnn 8-16 then 784-128-10`. */
export function describeModel(choice: ModelChoice): string {
  const dense = [denseFeatures(choice), ...choice.hidden, choice.classes].join('-')
  return choice.kind === 'cnn' ? `cnn ${channels.join('-')} then ${dense}` : `mlp ${dense}`
}
