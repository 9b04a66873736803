import type { Sequential } from 'chainrule'
import { buildModel } from '../model/build-model.js'
import { disposeSaved, readTraining } from './read-training.js'
import type { CheckpointDescription } from './training-checkpoint.js'

/** A trained network, and what is known about it. */
export interface TrainedModel {
  readonly description: CheckpointDescription
  /** In evaluation mode. */
  readonly model: Sequential
}

/**
 * Rebuilds the network of a checkpoint.
 *
 * @param path - what `chainrule train --save` wrote
 * @returns the network, with what the checkpoint says about it
 * @throws FormatError where the file is damaged or another program's, FileError where it cannot be read
 */
export async function loadTraining(path: string): Promise<TrainedModel> {
  const saved = await readTraining(path)
  try {
    const model = buildModel(saved.config.model)
    model.loadStateDict(saved.model)
    model.eval()
    return { description: saved, model }
  } finally {
    disposeSaved(saved)
  }
}
