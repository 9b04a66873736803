import { crossEntropy, DataLoader, noGrad, scope, type Sequential, type Tensor, Variable, zeros } from 'chainrule'
import type { LabelledSamples } from '../data/labelled-samples.js'
import { countCorrect } from './count-correct.js'

/** How well a network does on samples. */
export interface Evaluation {
  readonly samples: number
  readonly correct: number
  readonly accuracy: number
  /** Mean cross-entropy, in nats. */
  readonly loss: number
}

const batchSize = 500

/**
 * Runs a network over samples without gradients, in evaluation mode.
 *
 * @param model - maps a batch of inputs to logits
 * @param data - inputs and labels
 * @returns accuracy and mean loss
 */
export async function evaluate(model: Sequential, data: LabelledSamples): Promise<Evaluation> {
  const loader = new DataLoader(data, { batchSize })
  const totals = { loss: new Variable(zeros([])), correct: new Variable(zeros([])) }
  const add = (inputs: Tensor, labels: Tensor): void => {
    const logits = model.forward(inputs)
    totals.loss.assign(totals.loss.add(crossEntropy(logits, labels, { reduction: 'sum' })))
    totals.correct.assign(totals.correct.add(countCorrect(logits, labels)))
  }
  model.eval()
  try {
    for (const { inputs, labels } of loader) scope(() => noGrad(() => add(inputs, labels)))
    const correct = await totals.correct.item()
    const loss = (await totals.loss.item()) / loader.samples
    return { samples: loader.samples, correct, accuracy: correct / loader.samples, loss }
  } finally {
    model.train()
    totals.loss.dispose()
    totals.correct.dispose()
  }
}
