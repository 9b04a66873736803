import { FormatError } from 'chainrule'
import type { TrainOptions } from '../commands/train-options.js'
import { words } from '../report/format.js'
import { describePlace } from '../training/describe-place.js'
import type { ExecutionChoice } from '../training/execution-choice.js'
import type { PreparedRun } from '../training/prepare-run.js'
import { UsageError } from '../usage-error.js'
import { firstFault, stateSchema } from '../checkpoint/description-schema.js'
import { currentEnvironment, type Environment } from '../checkpoint/environment.js'
import { placeOf } from '../data/data-choice.js'
import { chooseResumed } from './resume-options.js'
import { readTraining, type SavedTraining } from '../checkpoint/read-training.js'
import type { Choices } from '../checkpoint/training-checkpoint.js'

/** A run that goes on. */
export interface ResumedRun {
  readonly path: string
  /** What the checkpoint holds; its tensors are on the reference device, which needs no start. */
  readonly saved: SavedTraining
  readonly choices: Choices & { readonly execution: ExecutionChoice }
}

/**
 * Reads the checkpoint of a run that is to go on.
 *
 * @param path - what `chainrule train --save` wrote
 * @param given - options beside --resume, without defaults
 * @throws FormatError where the file is damaged, another program's or without the state of a run; FileError where it cannot be
 *   read; UsageError where options contradict it, or nothing is left to do
 */
export async function resumeRun(path: string, given: Partial<TrainOptions>): Promise<ResumedRun> {
  const saved = await readTraining(path, 'reference')
  const missing = firstFault(saved, stateSchema)
  if (missing !== undefined) {
    throw new FormatError(
      `resume: got "${path}" without what a run needs to go on ("${missing}"), expected a checkpoint of this version of ` +
        '`chainrule train`. `chainrule eval` and `chainrule predict` still take it; to learn more, train anew.',
    )
  }
  const choices = chooseResumed(path, saved.config, given)
  const { epochs } = choices.training
  if (saved.testAccuracy !== undefined && saved.loader.epoch >= epochs) {
    throw new UsageError(
      `--resume got "${path}", whose run is done: ${saved.loader.epoch} of ${epochs} epochs. ` +
        `Make it longer, for instance with --epochs ${saved.loader.epoch + 1}.`,
    )
  }
  return { path, saved, choices }
}

/** What a person should know about a run that goes on: where it stands, and what is no longer as it was. */
export function describeResumed({ path, saved, choices }: ResumedRun, { loader }: PreparedRun): readonly string[] {
  const { epochs, schedule } = choices.training
  const before = saved.config.training.epochs
  const moved = placeOf(saved.config.data) === placeOf(choices.data) ? undefined : placeOf(saved.config.data)
  const differences = environmentDifferences(saved)
  return [
    `${path}, ${describePlace(loader, epochs)}`,
    ...(moved === undefined ? [] : [`the data were in ${moved} before`]),
    ...(epochs === before || schedule === 'constant'
      ? []
      : [
          `the ${schedule} schedule now ends after epoch ${epochs}, not ${before}: the learning rate differs from here on`,
        ]),
    ...(differences.length === 0
      ? []
      : [`${differences.join(', ')}: last digits may differ from those of an unbroken run`]),
  ]
}

/** What a device says of itself beside how it computes. */
const remarks: readonly string[] = ['slower', 'purpose', 'memoryLimitBytes', 'blasPath']

/** What differs between the environment of a checkpoint and that of this process: `threads 1 → 2`. */
function environmentDifferences({ environment: before }: SavedTraining): readonly string[] {
  const now = currentEnvironment()
  // Of another device, every setting would differ.
  const flat = ({ settings, ...rest }: Environment): ReadonlyMap<string, string> =>
    new Map(
      Object.entries(before.device === now.device ? { ...rest, ...settings } : rest)
        .filter(([name]) => !remarks.includes(name))
        .map(([name, value]) => [name, String(value)]),
    )
  const [old, current] = [flat(before), flat(now)]
  return [...new Set([...old.keys(), ...current.keys()])]
    .filter((name) => old.get(name) !== current.get(name))
    .map((name) => `${words(name)} ${old.get(name) ?? 'none'} → ${current.get(name) ?? 'none'}`)
}
