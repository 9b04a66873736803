import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { defaultGenerator, saveCheckpoint } from 'chainrule'
import type { Classification } from '../data/labelled-samples.js'
import type { PreparedRun } from '../training/prepare-run.js'
import { UsageError } from '../usage-error.js'
import { currentEnvironment } from './environment.js'
import { type CheckpointDescription, checkpointKind, type Choices } from './training-checkpoint.js'

/** A run between two steps. */
export interface PausedTraining extends PreparedRun {
  readonly choices: Choices
  readonly data: Pick<Classification, 'classNames' | 'preparation'>
  /** Known once the last epoch is done. */
  readonly testAccuracy: number | undefined
}

/**
 * Makes sure that a file can be written into its folder: better before a long run than after its first epoch.
 *
 * @throws UsageError where the folder is missing or closed, or a folder has the file's name
 */
export async function checkSavePath(path: string): Promise<void> {
  const target = resolve(path)
  const folder = dirname(target)
  const isFolder = async (name: string): Promise<boolean> =>
    (await stat(name).catch(() => undefined))?.isDirectory() === true
  if (await isFolder(target)) throw new UsageError(`--save got "${path}", which is a folder. Add a file name.`)
  if (!(await isFolder(folder))) throw new UsageError(`--save got "${path}", but "${folder}" is no folder.`)
  await access(folder, constants.W_OK).catch(() => {
    throw new UsageError(`--save got "${path}", but nothing can be written into "${folder}". Choose another folder.`)
  })
}

/** Writes all that evaluating, predicting and going on with a run need, in one step. */
export async function saveTraining(path: string, paused: PausedTraining): Promise<void> {
  const { choices, data, model, loader, optimizer, schedule, testAccuracy } = paused
  const description: CheckpointDescription = {
    kind: checkpointKind,
    config: choices,
    classNames: data.classNames,
    preparation: data.preparation,
    epoch: loader.epoch,
    step: schedule.count,
    testAccuracy,
    environment: currentEnvironment(),
  }
  await saveCheckpoint(path, {
    ...description,
    model,
    optimizer,
    schedule,
    loader,
    random: defaultGenerator.state,
  })
}
