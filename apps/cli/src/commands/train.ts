import type { Command } from 'commander'
import { disposeSaved } from '../checkpoint/read-training.js'
import { checkSavePath, saveTraining } from '../checkpoint/save-training.js'
import { describeResumed, type ResumedRun, resumeRun } from '../resume/resume-run.js'
import { loadSameData } from '../resume/load-same-data.js'
import type { Choices } from '../checkpoint/training-checkpoint.js'
import { chooseData } from '../data/data-options.js'
import { type Classification, disposeSamples } from '../data/labelled-samples.js'
import { loadData } from '../data/load-data.js'
import { startDevice } from '../device-options.js'
import { describeModel } from '../model/build-model.js'
import type { ModelChoice } from '../model/model-choice.js'
import { describeData, describeTraining, testAccuracy } from '../report/describe.js'
import { duration, whole } from '../report/format.js'
import { describePlace } from '../training/describe-place.js'
import { evaluate } from '../training/evaluate.js'
import { chooseExecution } from '../training/execution-choice.js'
import { InterruptedError } from '../training/interrupted-error.js'
import { Interruption } from '../training/interruption.js'
import { type PreparedRun, prepareRun } from '../training/prepare-run.js'
import { chooseTraining } from '../training/training-options.js'
import { trainModel } from '../training/train-model.js'
import { addTrainOptions, type TrainOptions } from './train-options.js'

/** Adds `chainrule train`. */
export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .description('Train a classifier and print its accuracy on data it has not seen.')
    .summary('train a classifier; handwritten digits by default')
  addTrainOptions(command).action(train)
}

async function train(options: TrainOptions, command: Command): Promise<void> {
  const start = performance.now()
  const since = (from: number): number => (performance.now() - from) / 1000
  const resumed = options.resume === undefined ? undefined : await resumeRun(options.resume, givenOptions(command))
  const chosen = resumed?.choices ?? {
    data: chooseData(options),
    training: chooseTraining(options),
    execution: chooseExecution(options),
  }
  const path = options.save ?? options.resume
  if (path !== undefined) await checkSavePath(path)
  const device = await startDevice(chosen.execution)
  const data = resumed === undefined ? await loadData(chosen.data) : await loadSameData(resumed)
  const dataSeconds = since(start)
  const model = resumed?.choices.model ?? chooseModel(options, data)
  const choices = { data: chosen.data, model, training: chosen.training, execution: chosen.execution }
  const run = prepareRun(choices, data.train, resumed?.saved)
  if (resumed !== undefined) disposeSaved(resumed.saved)
  describeRun({ choices, data, run, device, resumed })

  const save = async (accuracy?: number): Promise<void> => {
    if (path !== undefined) await saveTraining(path, { ...run, choices, data, testAccuracy: accuracy })
  }
  const interruption = new Interruption((signal) => {
    console.error(`\nstopping; ${signal === 'SIGINT' ? 'Ctrl-C again' : 'another signal'} ends at once`)
  })
  try {
    const end = await trainModel({
      prepared: run,
      choice: choices.training,
      eager: choices.execution.eager,
      interval: options.interval,
      report: (line) => console.log(line),
      afterEpoch: save,
      stopRequested: () => interruption.requested(),
    })
    if (end.interrupted) {
      await save()
      throw new InterruptedError(describeInterruption(run, choices, path), interruption.signal ?? 'SIGINT')
    }
    // After an interruption it goes on listening, for echoes of the signal.
    interruption.dispose()
    const testStart = performance.now()
    const test = await evaluate(run.model, data.test)
    console.log(testAccuracy(test))
    await save(test.accuracy)
    if (path !== undefined) console.log(`saved   ${path}`)
    console.log(
      `total time ${duration(since(start))} (data ${duration(dataSeconds)}, training ${duration(end.seconds)}, ` +
        `test ${duration(since(testStart))})`,
    )
  } finally {
    disposeSamples(data.train)
    disposeSamples(data.test)
  }
}

/** What a person has given, without the defaults. */
const givenOptions = (command: Command): Partial<TrainOptions> =>
  Object.fromEntries(Object.entries(command.opts()).filter(([name]) => command.getOptionValueSource(name) === 'cli'))

const chooseModel = ({ model, hidden }: TrainOptions, { train, classNames }: Classification): ModelChoice => ({
  kind: model,
  hidden,
  sampleShape: train.inputs.shape.slice(1),
  classes: classNames.length,
})

interface DescribedRun {
  readonly choices: Choices
  readonly data: Classification
  readonly run: PreparedRun
  readonly device: string
  readonly resumed: ResumedRun | undefined
}

function describeRun({ choices, data, run, device, resumed }: DescribedRun): void {
  const size = [...run.model.parameters()].reduce((sum, parameter) => sum + parameter.size, 0)
  console.log(`data    ${describeData(data)}`)
  console.log(`model   ${describeModel(choices.model)}, ${whole(size)} parameters`)
  console.log(`run     ${describeTraining(choices.training)}`)
  console.log(`device  ${device}`)
  for (const line of resumed === undefined ? [] : describeResumed(resumed, run)) console.log(`resume  ${line}`)
}

/** Where a run has stopped, and how it goes on. */
function describeInterruption({ loader }: PreparedRun, { training }: Choices, path: string | undefined): string {
  const where = `interrupted ${describePlace(loader, training.epochs)}.`
  if (path === undefined) return `${where} Nothing was saved: that takes --save FILE.`
  const word = /^[\w./+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
  return `${where} Saved; go on with: chainrule train --resume ${word}`
}
