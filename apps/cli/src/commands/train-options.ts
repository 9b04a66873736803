import { type Command, Option } from 'commander'
import { addDataOptions, type DataOptions } from '../data/data-options.js'
import { addDeviceOptions, type DeviceChoice } from '../device-options.js'
import { type ModelChoice, modelKinds } from '../model/model-choice.js'
import { count, notNegative, path, positive, seed, widths } from '../option-parsers.js'
import { optimizerKinds, scheduleKinds } from '../training/training-choice.js'
import type { TrainingOptions } from '../training/training-options.js'

/** The options of `chainrule train`. */
export interface TrainOptions extends DataOptions, DeviceChoice, TrainingOptions {
  readonly model: ModelChoice['kind']
  readonly hidden: readonly number[]
  readonly eager: boolean
  readonly interval?: number
  readonly save?: string
  readonly resume?: string
}

/** Adds the options of `chainrule train`. */
export function addTrainOptions(command: Command): Command {
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
    .option('--save <file>', 'write a checkpoint after every epoch, and where Ctrl-C or SIGTERM stops the run', path)
    .option('--resume <file>', 'go on with the run that wrote this checkpoint; it says what to learn and how', path)
    .addHelpText(
      'after',
      `
A run that was stopped goes on with --resume FILE as if it had never been
stopped: the checkpoint has the choices, the weights, the state of optimizer,
schedule and random numbers, and the place in the data. Beside it, only these
options can change something: --epochs (more than before; the schedule then ends
with the last of them), --data-dir or --data-file (where the same data lie now),
--save (default: the same file), --interval, --eager and those of the device.`,
    )
  return addDeviceOptions(command)
}
