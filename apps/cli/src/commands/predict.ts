import { ArgumentError, loadNpy, noGrad, scope, type Tensor } from 'chainrule'
import type { Command } from 'commander'
import { loadTraining } from '../checkpoint/load-training.js'
import type { Classification } from '../data/labelled-samples.js'
import { disposeSamples } from '../data/labelled-samples.js'
import { loadData } from '../data/load-data.js'
import { addDeviceOptions, type DeviceChoice, startDevice } from '../device-options.js'
import { prepareInputs } from '../model/prepare-inputs.js'
import { count } from '../option-parsers.js'
import { percent, table } from '../report/format.js'

interface PredictOptions extends DeviceChoice {
  readonly count: number
}

/** Adds `chainrule predict`. */
export function addPredict(program: Command): void {
  const command = program
    .command('predict')
    .description(
      'Say what a trained network takes samples for: those of a .npy file, or the first of its own test data.',
    )
    .summary('say what a trained network takes samples for')
    .argument('<checkpoint>', 'what `train --save` wrote')
    .argument('[file]', 'a .npy file with one sample, or samples along its first axis')
    .option('--count <samples>', 'how many samples at most', count, 10)
  addDeviceOptions(command).action(predict)
}

async function predict(path: string, file: string | undefined, options: PredictOptions): Promise<void> {
  await startDevice(options)
  const { description, model } = await loadTraining(path)
  const { classNames, config, preparation } = description
  const nameOf = (place: number): string => classNames[place] ?? String(place)
  const answer = async (inputs: Tensor, labels?: ArrayLike<number>): Promise<void> => {
    const samples = Math.min(options.count, inputs.shape[0] ?? 0)
    const { chosen, probabilities } = scope(() =>
      noGrad(() => {
        const likelihoods = model.forward(inputs.narrow(0, 0, samples)).softmax(-1)
        return { chosen: likelihoods.argmax(-1), probabilities: likelihoods.max(-1) }
      }),
    )
    const classes = await chosen.data()
    const certainty = await probabilities.data()
    const rows = Array.from(classes as Int32Array, (place, sample) => {
      const truth = labels === undefined ? [] : [nameOf(labels[sample] ?? -1)]
      return [String(sample), nameOf(place), percent(certainty[sample] ?? 0), ...truth]
    })
    console.log(table([['sample', 'class', 'probability', ...(labels === undefined ? [] : ['truth'])], ...rows]))
  }
  if (file === undefined) {
    const data: Classification = await loadData(config.data)
    await answer(data.test.inputs, await data.test.labels.data())
    disposeSamples(data.train)
    disposeSamples(data.test)
  } else {
    const loaded = await loadNpy(file)
    if (loaded.size === 0) throw new ArgumentError(`predict: got no samples in "${file}", expected at least one.`)
    await answer(prepareInputs(loaded, config.model.sampleShape, preparation))
  }
}
