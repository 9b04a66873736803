import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { Choices } from '../checkpoint/training-checkpoint.js'
import type { TrainOptions } from '../commands/train-options.js'
import { UsageError } from '../usage-error.js'
import { chooseResumed } from './resume-options.js'

const before: Choices = {
  data: { kind: 'csv', file: resolve('iris.csv'), label: -1, testFraction: 0.2, samples: undefined },
  model: { kind: 'mlp', hidden: [16, 8], sampleShape: [4], classes: 3 },
  training: {
    epochs: 4,
    batchSize: 32,
    optimizer: 'adam',
    lr: 0.001,
    momentum: 0,
    weightDecay: 0,
    clipNorm: undefined,
    schedule: 'cosine',
    seed: 1,
  },
  execution: { eager: false, threads: 2 },
}

test('without options a run goes on as it was chosen', () => {
  expect(chooseResumed('a', before, {})).toEqual(before)
})

test('more epochs, another device and eager steps may be chosen; a place for the checkpoint is no choice of the run', () => {
  const given = { epochs: 6, threads: 1, eager: true, save: 'b', interval: 5, resume: 'a' }
  expect(chooseResumed('a', before, given)).toEqual({
    ...before,
    training: { ...before.training, epochs: 6 },
    execution: { eager: true, threads: 1 },
  })
})

test('a checkpoint that does not say how its run was carried out goes on with the defaults', () => {
  const { data, model, training } = before
  expect(chooseResumed('a', { data, model, training }, {}).execution).toEqual({ eager: false })
})

test('options that say what the checkpoint says are no contradiction', () => {
  const given = { data: 'csv', dataFile: 'iris.csv', hidden: [16, 8], lr: 1e-3, epochs: 4 } as const
  expect(chooseResumed('a', before, given)).toEqual(before)
})

test('the place of the data may be another, and nothing else of them', () => {
  expect(chooseResumed('a', before, { dataFile: 'moved/iris.csv' })).toEqual({
    ...before,
    data: { ...before.data, file: resolve('moved/iris.csv') },
  })
  const images: Choices = { ...before, data: { kind: 'mnist', folder: resolve('mnist'), samples: 100 } }
  expect(chooseResumed('a', images, { dataDir: 'moved' }).data).toEqual({
    kind: 'mnist',
    folder: resolve('moved'),
    samples: 100,
  })
  expect(() => chooseResumed('a', images, { dataFile: 'x' })).toThrow('whose run has no --data-file')
  const digits: Choices = { ...before, data: { kind: 'digits', samples: 100 } }
  expect(() => chooseResumed('a', digits, { dataDir: 'x' })).toThrow('whose run has no --data-dir')
})

test.each<[Partial<TrainOptions>, string]>([
  [{ lr: 0.1 }, '--lr 0.1 contradicts "a", whose run has --lr 0.001. Leave it out.'],
  [{ hidden: [16] }, '--hidden 16 contradicts "a", whose run has --hidden 16,8. Leave it out.'],
  [{ clipNorm: 1 }, '--clip-norm 1 contradicts "a", whose run has no --clip-norm. Leave it out.'],
  [{ momentum: 0.5 }, '--momentum 0.5 contradicts "a", whose run has no --momentum. Leave it out.'],
  [{ dataDir: 'x' }, '--data-dir x contradicts "a", whose run has no --data-dir. Leave it out.'],
  [{ dropMissing: true }, '--drop-missing contradicts "a", whose run has no --drop-missing. Leave it out.'],
  [
    { epochs: 3 },
    '--epochs 3 contradicts "a", whose run has --epochs 4 and can only be made longer. Leave it out, or give more.',
  ],
])('%j is refused', (given, message) => {
  expect(() => chooseResumed('a', before, given)).toThrow(new UsageError(message))
})
