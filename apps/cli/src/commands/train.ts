import { manualSeed } from 'chainrule'
import { type Command, Option } from 'commander'
import { checkFolder, saveTraining } from '../checkpoint/save-training.js'
import { addDataOptions, chooseData, type DataOptions } from '../data/data-options.js'
import { disposeSamples } from '../data/labelled-samples.js'
import { loadData } from '../data/load-data.js'
import { addDeviceOptions, type DeviceChoice, startDevice } from '../device-options.js'
import { buildModel, describeModel } from '../model/build-model.js'
import { type ModelChoice, modelKinds } from '../model/model-choice.js'
import { count, notNegative, positive, seed, widths } from '../option-parsers.js'
import { describeData, describeTraining, testAccuracy } from '../report/describe.js'
import { duration, whole } from '../report/format.js'
import { evaluate } from '../training/evaluate.js'
import { makeOptimizer } from '../training/make-optimizer.js'
import { chooseTraining, type TrainingOptions } from '../training/training-options.js'
import { optimizerKinds, scheduleKinds } from '../training/training-choice.js'
import { trainModel } from '../training/train-model.js'

interface TrainOptions extends DataOptions, DeviceChoice, TrainingOptions {
  readonly model: ModelChoice['kind']
  readonly hidden: readonly number[]
  readonly eager: boolean
  readonly interval?: number
  readonly save?: string
}

/** Adds `chainrule train`. */
export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .description('Train a classifier and print its accuracy on data it has not seen.')
    .summary('train a classifier; handwritten digits by default')
  addDataOptions(command)
    .addOption(new Option('--model <kind>', 'fully connected, or convolutional').choices(modelKinds).default('mlp'))
    .addOption(
      new Option('--hidden <widths>', 'widths of the dense hidden layers, such as 256,128')
        .argParser(widths)
        .default([128], '128'),
    )
    .option('--epochs <count>', 'passes over the training data', count, 6)
    .option('--batch-size <count>', 'samples in a step', count, 64)
    .addOption(new Option('--optimizer <kind>', 'how weights are updated').choices(optimizerKinds).default('sgd'))
    .option('--lr <rate>', 'learning rate (default: 0.1 with sgd, else 0.001)', positive)
    .option('--momentum <share>', 'momentum of sgd (default: 0.9)', notNegative)
    .option('--weight-decay <strength>', 'weight decay (default: 0.01 with adamw, else 0)', notNegative)
    .option('--clip-norm <norm>', 'largest norm of the gradient (default: no bound)', positive)
    .addOption(new Option('--schedule <kind>', 'course of the learning rate').choices(scheduleKinds).default('cosine'))
    .option('--seed <number>', 'seed of initial weights and of the order of samples', seed, 1)
    .option('--eager', 'run op by op instead of compiling the whole step', false)
    .option('--interval <steps>', 'steps between lines of progress (default: four lines an epoch)', count)
    .option('--save <file>', 'write a checkpoint at the end')
  addDeviceOptions(command).action(train)
}

async function train(options: TrainOptions): Promise<void> {
  const start = performance.now()
  const since = (from: number): number => (performance.now() - from) / 1000
  const dataChoice = chooseData(options)
  const trainingChoice = chooseTraining(options)
  if (options.save !== undefined) await checkFolder(options.save)
  const device = await startDevice(options)
  const data = await loadData(dataChoice)
  const dataSeconds = since(start)
  manualSeed(trainingChoice.seed)
  const modelChoice: ModelChoice = {
    kind: options.model,
    hidden: options.hidden,
    sampleShape: data.train.inputs.shape.slice(1),
    classes: data.classNames.length,
  }
  const model = buildModel(modelChoice)
  const parameters = [...model.parameters()]
  const size = parameters.reduce((sum, parameter) => sum + parameter.size, 0)
  console.log(`data    ${describeData(data)}`)
  console.log(`model   ${describeModel(modelChoice)}, ${whole(size)} parameters`)
  console.log(`run     ${describeTraining(trainingChoice)}`)
  console.log(`device  ${device}`)
  const totalSteps = trainingChoice.epochs * Math.ceil(data.train.labels.size / trainingChoice.batchSize)
  const scheduled = makeOptimizer(parameters, trainingChoice, totalSteps)
  const end = await trainModel({
    model,
    scheduled,
    data: data.train,
    choice: trainingChoice,
    eager: options.eager,
    interval: options.interval,
    report: (line) => console.log(line),
  })
  const testStart = performance.now()
  const test = await evaluate(model, data.test)
  console.log(testAccuracy(test))
  if (options.save !== undefined) {
    await saveTraining(options.save, {
      choices: { data: dataChoice, model: modelChoice, training: trainingChoice },
      data,
      model,
      scheduled,
      end,
      test,
    })
    console.log(`saved   ${options.save}`)
  }
  console.log(
    `total time ${duration(since(start))} (data ${duration(dataSeconds)}, training ${duration(end.seconds)}, ` +
      `test ${duration(since(testStart))})`,
  )
  disposeSamples(data.train)
  disposeSamples(data.test)
}
