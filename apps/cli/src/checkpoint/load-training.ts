import { type Checkpoint, FormatError, loadCheckpoint, type Sequential, type Tensor, tensorsIn } from 'chainrule'
import { buildModel } from '../model/build-model.js'
import { type CheckpointDescription, checkpointKind } from './training-checkpoint.js'

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
  const contents = await loadCheckpoint<Checkpoint>(path)
  try {
    if (contents.kind !== checkpointKind) {
      throw new FormatError(
        `load: got "${path}", a checkpoint of another program, expected one that \`chainrule train --save\` wrote. ` +
          'See what it holds with `chainrule inspect`.',
      )
    }
    const description = contents as unknown as CheckpointDescription
    const model = buildModel(description.config.model)
    model.loadStateDict(contents.model as Record<string, Tensor>)
    model.eval()
    return { description, model }
  } finally {
    for (const tensor of tensorsIn(contents)) tensor.dispose()
  }
}
