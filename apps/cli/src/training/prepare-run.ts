import { DataLoader, defaultGenerator, manualSeed, type Sequential } from 'chainrule'
import type { SavedTraining } from '../checkpoint/read-training.js'
import type { LabelledSamples } from '../data/labelled-samples.js'
import { buildModel } from '../model/build-model.js'
import type { ModelChoice } from '../model/model-choice.js'
import { makeOptimizer, type ScheduledOptimizer } from './make-optimizer.js'
import type { TrainingChoice } from './training-choice.js'

/** What changes while a network learns, apart from the random generator, which belongs to the process. */
export interface PreparedRun extends ScheduledOptimizer {
  readonly model: Sequential
  readonly loader: DataLoader<LabelledSamples>
}

/**
 * Makes a run ready for its next step: the first one, or the one after a checkpoint.
 *
 * @param choices - network and training
 * @param samples - to learn from
 * @param saved - where to go on from
 * @throws StateDictError where a part of the checkpoint does not fit the choices
 */
export function prepareRun(
  choices: { readonly model: ModelChoice; readonly training: TrainingChoice },
  samples: LabelledSamples,
  saved?: SavedTraining,
): PreparedRun {
  const { epochs, batchSize, seed } = choices.training
  manualSeed(seed)
  const model = buildModel(choices.model)
  const loader = new DataLoader(samples, { batchSize, shuffle: true, seed })
  const scheduled = makeOptimizer([...model.parameters()], choices.training, epochs * loader.length)
  if (saved !== undefined) {
    model.loadStateDict(saved.model)
    scheduled.optimizer.loadStateDict(saved.optimizer)
    scheduled.schedule.loadStateDict(saved.schedule)
    loader.loadStateDict(saved.loader)
    defaultGenerator.state = saved.random
  }
  return { model, loader, ...scheduled }
}
