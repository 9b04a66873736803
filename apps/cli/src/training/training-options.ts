import { UsageError } from '../usage-error.js'
import type { TrainingChoice } from './training-choice.js'

/** The options of a person, as far as they are about learning. */
export interface TrainingOptions extends Omit<TrainingChoice, 'lr' | 'momentum' | 'weightDecay' | 'clipNorm'> {
  readonly lr?: number
  readonly momentum?: number
  readonly weightDecay?: number
  readonly clipNorm?: number
}

/**
 * What options say about learning, with the defaults of the optimizer.
 *
 * @throws UsageError where they contradict each other
 */
export function chooseTraining(options: TrainingOptions): TrainingChoice {
  const { epochs, batchSize, optimizer, lr, momentum, weightDecay, clipNorm, schedule, seed } = options
  const isSgd = optimizer === 'sgd'
  if (!isSgd && momentum !== undefined)
    throw new UsageError(`--momentum goes with --optimizer sgd, not with ${optimizer}.`)
  return {
    epochs,
    batchSize,
    optimizer,
    lr: lr ?? (isSgd ? 0.1 : 0.001),
    momentum: isSgd ? (momentum ?? 0.9) : 0,
    weightDecay: weightDecay ?? (optimizer === 'adamw' ? 0.01 : 0),
    clipNorm,
    schedule,
    seed,
  }
}
