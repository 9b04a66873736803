import { ArgumentError, SourceError } from 'chainrule'
import type { DataChoice } from '../data/data-choice.js'
import { type Classification, disposeSamples } from '../data/labelled-samples.js'
import { loadData } from '../data/load-data.js'
import { shapeText } from '../report/format.js'
import type { ResumedRun } from './resume-run.js'

/** How to say where data lie now. */
const placeHint = ({ kind }: DataChoice): string =>
  kind === 'digits' ? '' : ` or say where they lie with ${kind === 'csv' ? '--data-file FILE' : '--data-dir FOLDER'}`

/**
 * Loads the data that a run began with, from where they lie now.
 *
 * @throws SourceError where they are missing; ArgumentError where they have changed
 */
export async function loadSameData(resumed: ResumedRun): Promise<Classification> {
  const choice = resumed.choices.data
  const data = await loadData(choice).catch((error: unknown) => {
    if (!(error instanceof SourceError)) throw error
    throw new SourceError(`${error.message} If the data have moved,${placeHint(choice).replace(/^ or/, '')}.`, {
      cause: error,
    })
  })
  try {
    checkSameData(resumed, data)
  } catch (error) {
    disposeSamples(data.train)
    disposeSamples(data.test)
    throw error
  }
  return data
}

/**
 * Makes sure that a run goes on with the data it began with.
 *
 * @throws ArgumentError where they have changed
 */
export function checkSameData(
  { path, saved }: ResumedRun,
  { description, train, classNames, preparation }: Classification,
): void {
  const { sampleShape } = saved.config.model
  const shape = train.inputs.shape.slice(1)
  const now = `${train.labels.size} samples of ${shapeText(shape)} in ${classNames.length} classes`
  const before = `${saved.loader.samples} samples of ${shapeText(sampleShape)} in ${saved.classNames.length} classes`
  const refuse = (got: string, expected: string): never => {
    throw new ArgumentError(
      `resume: got ${got} in ${description}, expected ${expected}, as when "${path}" was written. ` +
        `Restore the data${placeHint(saved.config.data)}, or train anew without --resume.`,
    )
  }
  if (now !== before) refuse(now, before)
  if (classNames.join('\n') !== saved.classNames.join('\n')) {
    refuse(`the classes ${classNames.join(', ')}`, saved.classNames.join(', '))
  }
  if (JSON.stringify(preparation) !== JSON.stringify(saved.preparation)) refuse('other numbers', 'the same')
}
