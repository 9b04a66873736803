import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { defaultGenerator, type Module, saveCheckpoint } from 'chainrule'
import type { Classification } from '../data/labelled-samples.js'
import type { Evaluation } from '../training/evaluate.js'
import type { ScheduledOptimizer } from '../training/make-optimizer.js'
import type { TrainingEnd } from '../training/train-model.js'
import { UsageError } from '../usage-error.js'
import { currentEnvironment } from './environment.js'
import { type CheckpointDescription, checkpointKind, type Choices } from './training-checkpoint.js'

/** A run that has ended. */
export interface FinishedTraining {
  readonly choices: Choices
  readonly data: Classification
  readonly model: Module
  readonly scheduled: ScheduledOptimizer
  readonly end: TrainingEnd
  readonly test: Evaluation
}

/**
 * Makes sure that a file can be written into its folder: better before a long run than after it.
 *
 * @throws UsageError where the folder is missing
 */
export async function checkFolder(path: string): Promise<void> {
  const folder = dirname(resolve(path))
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() !== true) throw new UsageError(`--save got "${path}", but "${folder}" is no folder.`)
}

/** Writes all that evaluating, predicting and going on with a run need, in one step. */
export async function saveTraining(path: string, finished: FinishedTraining): Promise<void> {
  const { choices, data, model, scheduled, end, test } = finished
  const description: CheckpointDescription = {
    kind: checkpointKind,
    config: choices,
    classNames: data.classNames,
    preparation: data.preparation,
    epoch: choices.training.epochs,
    step: end.steps,
    testAccuracy: test.accuracy,
    environment: currentEnvironment(),
  }
  await saveCheckpoint(path, {
    ...description,
    model,
    ...scheduled,
    loader: end.loader,
    random: defaultGenerator.state,
  })
}
