import { type Checkpoint, FormatError, loadCheckpoint, tensorsIn } from 'chainrule'
import { descriptionSchema, firstFault } from './description-schema.js'
import { type CheckpointDescription, checkpointKind, type TrainingState } from './training-checkpoint.js'

/** A checkpoint of this program; where it was not checked for going on with its run, parts of the state may be missing. */
export type SavedTraining = CheckpointDescription & TrainingState

/**
 * Reads a checkpoint that `chainrule train` wrote.
 *
 * @param path - of the file
 * @param device - where its tensors go; the device that is current by default
 * @returns description and state; its tensors are the caller's to dispose
 * @throws FormatError where the file is damaged or another program's, FileError where it cannot be read
 */
export async function readTraining(path: string, device?: string): Promise<SavedTraining> {
  const contents = await loadCheckpoint<Checkpoint>(path, device === undefined ? {} : { device })
  const fault = contents.kind === checkpointKind ? firstFault(contents, descriptionSchema) : 'kind'
  if (fault === undefined) return contents as unknown as SavedTraining
  disposeSaved(contents)
  throw new FormatError(
    fault === 'kind'
      ? `load: got "${path}", a checkpoint of another program, expected one that \`chainrule train --save\` wrote. ` +
          'See what it holds with `chainrule inspect`.'
      : `load: got "${path}" with a "${fault}" that \`chainrule train --save\` does not write. ` +
          'The file is damaged; take another.',
  )
}

/** Releases the tensors of a checkpoint. */
export function disposeSaved(contents: object): void {
  for (const tensor of tensorsIn(contents)) tensor.dispose()
}
