import { resolve } from 'node:path'
import type { Command } from 'commander'
import { loadTraining } from '../checkpoint/load-training.js'
import type { CheckpointDescription } from '../checkpoint/training-checkpoint.js'
import { checkFits, disposeSamples, type LabelledSamples } from '../data/labelled-samples.js'
import { loadData, loadOtherTable } from '../data/load-data.js'
import { addDeviceOptions, type DeviceChoice, startDevice } from '../device-options.js'
import { describeModel } from '../model/build-model.js'
import { path } from '../option-parsers.js'
import { testAccuracy } from '../report/describe.js'
import { evaluate } from '../training/evaluate.js'
import { UsageError } from '../usage-error.js'

interface EvalOptions extends DeviceChoice {
  readonly dataDir?: string
  readonly dataFile?: string
}

/** Adds `chainrule eval`. */
export function addEval(program: Command): void {
  const command = program
    .command('eval')
    .description(
      'Evaluate a trained network on the test part of the data it learned from, or on other files of the kind.',
    )
    .summary('evaluate a trained network')
    .argument('<checkpoint>', 'what `train --save` wrote')
    .option('--data-dir <folder>', 'another folder of IDX files, of which the test part is used', path)
    .option('--data-file <file>', 'another CSV file, of which all rows are used', path)
  addDeviceOptions(command).action(evaluateCheckpoint)
}

async function evaluateCheckpoint(path: string, options: EvalOptions): Promise<void> {
  const device = await startDevice(options)
  const { description, model } = await loadTraining(path)
  const { name, samples } = await chooseSamples(description, options)
  await checkFits(samples, description.config.model)
  console.log(`model   ${describeModel(description.config.model)}, from ${path}`)
  console.log(`data    ${name}`)
  console.log(`device  ${device}`)
  console.log(testAccuracy(await evaluate(model, samples)))
  disposeSamples(samples)
}

/** The samples of the options, or else the test part of the data that were learned from. */
async function chooseSamples(
  { config, classNames, preparation }: CheckpointDescription,
  { dataDir, dataFile }: EvalOptions,
): Promise<{ readonly name: string; readonly samples: LabelledSamples }> {
  const { data } = config
  if (dataDir !== undefined && data.kind !== 'mnist' && data.kind !== 'idx') {
    throw new UsageError(`--data-dir goes with networks that learned IDX files; this one learned ${data.kind}.`)
  }
  if (dataFile !== undefined && data.kind !== 'csv') {
    throw new UsageError(`--data-file goes with networks that learned a CSV file; this one learned ${data.kind}.`)
  }
  if (dataFile !== undefined && data.kind === 'csv' && preparation !== undefined) {
    const samples = await loadOtherTable(dataFile, { ...data, classNames, preparation })
    return { name: `${dataFile}, all rows`, samples }
  }
  const folder = dataDir === undefined ? {} : { folder: resolve(dataDir) }
  const loaded = await loadData({ ...data, ...folder })
  disposeSamples(loaded.train)
  return { name: `${loaded.description}, test part`, samples: loaded.test }
}
