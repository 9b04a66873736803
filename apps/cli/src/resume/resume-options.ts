import { resolve } from 'node:path'
import type { Choices } from '../checkpoint/training-checkpoint.js'
import type { DataChoice } from '../data/data-choice.js'
import type { TrainOptions } from '../commands/train-options.js'
import { changeExecution, type ExecutionChoice } from '../training/execution-choice.js'
import { UsageError } from '../usage-error.js'

/** Options that may change when a run goes on; all others are fixed by its checkpoint. */
type Changeable = keyof ExecutionChoice | 'epochs' | 'interval' | 'save' | 'resume'
type Fixed = Exclude<keyof TrainOptions, Changeable>
type Value = string | number | boolean | readonly number[] | undefined

/** What was chosen for a run, under the names of the options; where its data lie may change. */
function fixedChoices({ data, model, training }: Choices): Readonly<Partial<Record<Fixed, Value>>> {
  const { batchSize, optimizer, lr, momentum, weightDecay, clipNorm, schedule, seed } = training
  const table = data.kind === 'csv' ? data : undefined
  return {
    data: data.kind,
    ...(data.kind === 'csv' ? { dataDir: undefined } : { dataFile: undefined }),
    ...(data.kind === 'digits' && { dataDir: undefined }),
    label: table?.label,
    testFraction: table?.testFraction,
    dropMissing: table?.dropMissing === true ? true : undefined,
    samples: data.samples,
    model: model.kind,
    hidden: model.hidden,
    batchSize,
    optimizer,
    lr,
    momentum: optimizer === 'sgd' ? momentum : undefined,
    weightDecay,
    clipNorm,
    schedule,
    seed,
  }
}

const flag = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
const written = (name: string, value: Value): string => (value === true ? flag(name) : `${flag(name)} ${String(value)}`)

/** The same data, where they lie now. */
function movedData(data: DataChoice, { dataDir, dataFile }: Partial<TrainOptions>): DataChoice {
  switch (data.kind) {
    case 'digits':
      return data
    case 'mnist':
    case 'idx':
      return dataDir === undefined ? data : { ...data, folder: resolve(dataDir) }
    case 'csv':
      return dataFile === undefined ? data : { ...data, file: resolve(dataFile) }
  }
}

/**
 * What is chosen for a run that goes on.
 *
 * @param path - of its checkpoint, for messages
 * @param before - what was chosen when it began
 * @param given - the options of now, without defaults
 * @returns the same choices, but for what may change
 * @throws UsageError where a given option contradicts the checkpoint
 */
export function chooseResumed(
  path: string,
  before: Choices,
  given: Partial<TrainOptions>,
): Choices & { readonly execution: ExecutionChoice } {
  for (const [name, known] of Object.entries(fixedChoices(before))) {
    const value = given[name as Fixed]
    if (value === undefined) continue
    if (String(value) === String(known)) continue
    throw new UsageError(
      `${written(name, value)} contradicts "${path}", whose run has ` +
        `${known === undefined ? `no ${flag(name)}` : written(name, known)}. Leave it out.`,
    )
  }
  const { model, training, execution = { eager: false } } = before
  const epochs = given.epochs ?? training.epochs
  if (epochs < training.epochs) {
    throw new UsageError(
      `--epochs ${epochs} contradicts "${path}", whose run has --epochs ${training.epochs} and can only be made longer. ` +
        'Leave it out, or give more.',
    )
  }
  return {
    data: movedData(before.data, given),
    model,
    training: { ...training, epochs },
    execution: changeExecution(execution, given),
  }
}
