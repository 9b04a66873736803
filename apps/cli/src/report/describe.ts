import type { Classification } from '../data/labelled-samples.js'
import type { Evaluation } from '../training/evaluate.js'
import type { TrainingChoice } from '../training/training-choice.js'
import { counted, percent, shapeText, whole } from './format.js'

/** `generated digits: 20,000 to learn from, 4,000 to test, each 1 × 28 × 28, 10 classes` */
export function describeData({ description, train, test, classNames }: Classification): string {
  const shape = shapeText(train.inputs.shape.slice(1))
  return (
    `${description}: ${whole(train.labels.size)} to learn from, ${whole(test.labels.size)} to test, ` +
    `each ${shape}, ${classNames.length} classes`
  )
}

/** `sgd, lr 0.05, momentum 0.9, 6 epochs, batches of 64, seed 1` */
export function describeTraining(choice: TrainingChoice): string {
  const { optimizer, lr, momentum, weightDecay, clipNorm, schedule, epochs, batchSize, seed } = choice
  return [
    optimizer,
    `lr ${lr}`,
    ...(momentum > 0 ? [`momentum ${momentum}`] : []),
    ...(weightDecay > 0 ? [`weight decay ${weightDecay}`] : []),
    ...(clipNorm === undefined ? [] : [`gradient norm at most ${clipNorm}`]),
    ...(schedule === 'constant' ? [] : [`${schedule} schedule`]),
    counted(epochs, 'epoch'),
    `batches of ${whole(batchSize)}`,
    `seed ${seed}`,
  ].join(', ')
}

/** `test accuracy 98.1 % (3,924 of 4,000), loss 0.0712` */
export const testAccuracy = ({ accuracy, correct, samples, loss }: Evaluation): string =>
  `test accuracy ${percent(accuracy)} (${whole(correct)} of ${whole(samples)}), loss ${loss.toFixed(4)}`
