import { clipGradNorm, compile, crossEntropy, scope, type Tensor } from 'chainrule'
import { countCorrect } from './count-correct.js'
import { DivergedError } from './diverged-error.js'
import type { PreparedRun } from './prepare-run.js'
import { Progress } from './progress.js'
import { RunningSums } from './running-sums.js'
import type { TrainingChoice } from './training-choice.js'

/** What a training run needs. */
export interface TrainingRun {
  /** Where the run begins or goes on; moves with every step. */
  readonly prepared: PreparedRun
  readonly choice: Pick<TrainingChoice, 'epochs' | 'clipNorm'>
  /** Run op by op instead of compiling the whole step. */
  readonly eager: boolean
  /** Steps between lines of progress; by default four lines an epoch. */
  readonly interval: number | undefined
  readonly report: (line: string) => void
  /** Awaited after each epoch. */
  readonly afterEpoch: () => Promise<void>
  /** Asked after each step: whether to stop there. */
  readonly stopRequested: () => Promise<boolean>
}

/** How a run ended. */
export interface TrainingEnd {
  /** Whether it stopped because it was asked to. */
  readonly interrupted: boolean
  readonly seconds: number
}

/**
 * Trains a network: shuffled batches, cross-entropy, clipping, one update a batch.
 *
 * @param run - network, optimizer, data, choices
 * @returns how it ended, and the seconds it took; where it stands is in `run.prepared`
 * @throws DivergedError when the loss is no finite number any more
 */
export async function trainModel(run: TrainingRun): Promise<TrainingEnd> {
  const { prepared, choice, eager, interval, report, afterEpoch, stopRequested } = run
  const { model, optimizer, schedule, loader } = prepared
  const { epochs, clipNorm } = choice
  const every = interval ?? Math.ceil(loader.length / 4)
  const progress = new Progress(epochs, loader.length, schedule.count)
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
  const take = compiled ?? ((inputs: Tensor, labels: Tensor): void => scope(() => step(inputs, labels)))
  try {
    while (loader.epoch < epochs) {
      const epoch = loader.epoch + 1
      let stepInEpoch = Math.ceil(loader.stateDict().position / loader.batchSize)
      for (const { inputs, labels } of loader) {
        take(inputs, labels)
        sums.count(labels.size)
        schedule.step()
        stepInEpoch += 1
        const isLast = stepInEpoch === loader.length
        const stops = !isLast && (await stopRequested())
        if (stepInEpoch % every !== 0 && !isLast && !stops) continue
        const sum = await sums.take()
        if (!Number.isFinite(sum.loss)) throw new DivergedError(sum.loss, epoch, stepInEpoch)
        report(progress.line({ epoch, step: stepInEpoch, ...sum }))
        if (stops) return { interrupted: true, seconds: progress.seconds }
      }
      await afterEpoch()
      if (await stopRequested()) return { interrupted: true, seconds: progress.seconds }
    }
    return { interrupted: false, seconds: progress.seconds }
  } finally {
    sums.dispose()
    compiled?.dispose()
  }
}
