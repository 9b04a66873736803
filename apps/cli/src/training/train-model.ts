import {
  clipGradNorm,
  compile,
  crossEntropy,
  DataLoader,
  type DataLoaderState,
  type Sequential,
  scope,
  type Tensor,
} from 'chainrule'
import type { LabelledSamples } from '../data/labelled-samples.js'
import { countCorrect } from './count-correct.js'
import { DivergedError } from './diverged-error.js'
import type { ScheduledOptimizer } from './make-optimizer.js'
import { Progress } from './progress.js'
import { RunningSums } from './running-sums.js'
import type { TrainingChoice } from './training-choice.js'

/** What a training run needs. */
export interface TrainingRun {
  readonly model: Sequential
  readonly scheduled: ScheduledOptimizer
  readonly data: LabelledSamples
  readonly choice: TrainingChoice
  /** Run op by op instead of compiling the whole step. */
  readonly eager: boolean
  /** Steps between lines of progress; by default four lines an epoch. */
  readonly interval: number | undefined
  readonly report: (line: string) => void
}

/** Where a run ended. */
export interface TrainingEnd {
  readonly steps: number
  readonly seconds: number
  readonly loader: DataLoaderState
}

/**
 * Trains a network: shuffled batches, cross-entropy, clipping, one update a batch.
 *
 * @param run - network, optimizer, data, choices
 * @returns steps and seconds it took, and where the loader stands
 * @throws DivergedError when the loss is no finite number any more
 */
export async function trainModel({
  model,
  scheduled,
  data,
  choice,
  eager,
  interval,
  report,
}: TrainingRun): Promise<TrainingEnd> {
  const { optimizer, schedule } = scheduled
  const { epochs, batchSize, clipNorm, seed } = choice
  const loader = new DataLoader(data, { batchSize, shuffle: true, seed })
  const every = interval ?? Math.ceil(loader.length / 4)
  const progress = new Progress(epochs, loader.length)
  const sums = new RunningSums()
  const parameters = [...model.parameters()]
  const step = (inputs: Tensor, labels: Tensor): void => {
    const logits = model.forward(inputs)
    const loss = crossEntropy(logits, labels)
    optimizer.zeroGrad()
    loss.backward()
    if (clipNorm !== undefined) clipGradNorm(parameters, clipNorm)
    optimizer.step()
    sums.add(loss, countCorrect(logits, labels), labels.size)
  }
  const compiled = eager ? undefined : compile(step)
  const run = compiled ?? ((inputs: Tensor, labels: Tensor): void => scope(() => step(inputs, labels)))
  try {
    let steps = 0
    for (let epoch = 1; epoch <= epochs; epoch++) {
      let stepInEpoch = 0
      for (const { inputs, labels } of loader) {
        run(inputs, labels)
        sums.count(labels.size)
        schedule.step()
        steps += 1
        stepInEpoch += 1
        if (stepInEpoch % every !== 0 && stepInEpoch !== loader.length) continue
        const interval = await sums.take()
        if (!Number.isFinite(interval.loss)) throw new DivergedError(interval.loss, epoch, stepInEpoch)
        report(progress.line({ epoch, step: stepInEpoch, ...interval }))
      }
    }
    return { steps, seconds: progress.seconds, loader: loader.stateDict() }
  } finally {
    sums.dispose()
    compiled?.dispose()
  }
}
