import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generatedDigits, rand, setDevice } from 'chainrule'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveTraining } from '../checkpoint/save-training.js'
import type { SavedTraining } from '../checkpoint/read-training.js'
import type { Choices } from '../checkpoint/training-checkpoint.js'
import type { Classification } from '../data/labelled-samples.js'
import { prepareRun, type PreparedRun } from '../training/prepare-run.js'
import type { TrainingChoice } from '../training/training-choice.js'
import { trainModel } from '../training/train-model.js'
import { checkSameData } from './load-same-data.js'
import { describeResumed, resumeRun } from './resume-run.js'

const stepsPerEpoch = 7
const batchSize = 16
/** The last batch of an epoch is not full. */
const samples = stepsPerEpoch * batchSize - 5

const base: TrainingChoice = {
  epochs: 4,
  batchSize,
  optimizer: 'sgd',
  lr: 0.1,
  momentum: 0.9,
  weightDecay: 0,
  clipNorm: undefined,
  schedule: 'cosine',
  seed: 3,
}

const choices = (
  changes: Partial<TrainingChoice> = {},
  eager = false,
): Choices & { execution: { eager: boolean } } => ({
  data: { kind: 'digits', samples },
  model: { kind: 'mlp', hidden: [12], sampleShape: [1, 28, 28], classes: 10 },
  training: { ...base, ...changes },
  execution: { eager },
})

describe('a run that goes on', () => {
  let folder = ''
  let data: Classification

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chainrule-resume-'))
    await setDevice('wasm', { threads: 2, blas: false })
    const { images, labels } = generatedDigits({ count: samples, seed: 1 })
    const part = { inputs: images, labels }
    const classNames = Array.from({ length: 10 }, (_, place) => String(place))
    data = { description: 'digits', train: part, test: part, classNames, preparation: undefined }
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Trains until `stopAfter` steps of this process are done, or to the end, and saves. */
  const train = async (
    name: string,
    chosen: Choices & { readonly execution: { readonly eager: boolean } },
    { stopAfter = Infinity, saved }: { readonly stopAfter?: number; readonly saved?: SavedTraining } = {},
  ): Promise<PreparedRun> => {
    const prepared = prepareRun(chosen, data.train, saved)
    const before = prepared.schedule.count
    await trainModel({
      prepared,
      choice: chosen.training,
      eager: chosen.execution.eager,
      interval: undefined,
      report: () => undefined,
      // A network that drew random numbers while it learns, as dropout does, would depend on them.
      afterEpoch: () => Promise.resolve(rand([1]).dispose()),
      stopRequested: () => Promise.resolve(prepared.schedule.count - before >= stopAfter),
    })
    await saveTraining(join(folder, name), { ...prepared, choices: chosen, data, testAccuracy: undefined })
    return prepared
  }
  const bytesOf = (name: string): Buffer => readFileSync(join(folder, name))

  test.each([
    ['between two epochs', 2 * stepsPerEpoch, {}, false],
    ['in the middle of an epoch', stepsPerEpoch + 3, {}, false],
    ['after its first step', 1, {}, false],
    ['before its last step', 4 * stepsPerEpoch - 1, {}, false],
    ['after its last step', 4 * stepsPerEpoch, {}, false],
    ['with Adam', 10, { optimizer: 'adam', lr: 0.01, momentum: 0, schedule: 'one-cycle', clipNorm: 1 }, false],
    ['with AdamW, op by op', 10, { optimizer: 'adamw', lr: 0.01, momentum: 0, weightDecay: 0.01 }, true],
  ] as const)(
    'after a stop %s ends in the same file, bit for bit, as one that never stopped',
    async (_, stop, changes, eager) => {
      const chosen = choices(changes, eager)
      await train('whole', chosen)
      const stopped = await train('stopped', chosen, { stopAfter: stop })
      expect(stopped.schedule.count).toBe(stop)
      const resumed = await resumeRun(join(folder, 'stopped'), {})
      expect(resumed.choices).toEqual(chosen)
      const ended = await train('resumed', resumed.choices, { saved: resumed.saved })
      expect(ended.schedule.count).toBe(4 * stepsPerEpoch)
      expect(bytesOf('resumed').equals(bytesOf('whole'))).toBe(true)
      expect(bytesOf('stopped').equals(bytesOf('whole'))).toBe(stop === 4 * stepsPerEpoch)
    },
  )

  test('may be made longer: with a constant rate it is as one that was so long from the beginning', async () => {
    await train('long', choices({ schedule: 'constant', lr: 0.05 }))
    await train('short', choices({ schedule: 'constant', lr: 0.05, epochs: 2 }))
    const resumed = await resumeRun(join(folder, 'short'), { epochs: 4 })
    const run = await train('lengthened', resumed.choices, { saved: resumed.saved })
    expect(bytesOf('lengthened').equals(bytesOf('long'))).toBe(true)
    expect(describeResumed(resumed, run)).toEqual([`${join(folder, 'short')}, after epoch 4 of 4`])
  })

  test('says where it stands, that its schedule ends later, and what runs otherwise than before', async () => {
    await train('stopped', choices(), { stopAfter: 2 * stepsPerEpoch + 3 })
    const path = join(folder, 'stopped')
    const resumed = await resumeRun(path, { epochs: 5 })
    const elsewhere = {
      ...resumed,
      saved: {
        ...resumed.saved,
        environment: {
          ...resumed.saved.environment,
          node: 'v1.2.3',
          settings: { ...resumed.saved.environment.settings, threads: 64, slower: 'something' },
        },
      },
    }
    expect(describeResumed(elsewhere, prepareRun(resumed.choices, data.train, resumed.saved))).toEqual([
      `${path}, in epoch 3 of 5, after step 3 of 7`,
      'the cosine schedule now ends after epoch 5, not 4: the learning rate differs from here on',
      `node v1.2.3 → ${process.version}, threads 64 → 2: last digits may differ from those of an unbroken run`,
    ])
  })

  test('wants the data it began with', async () => {
    await train('stopped', choices(), { stopAfter: 1 })
    const resumed = await resumeRun(join(folder, 'stopped'), {})
    const refusal = (changes: Partial<Classification>) => (): void => checkSameData(resumed, { ...data, ...changes })
    expect(refusal({})).not.toThrow()
    expect(refusal({ classNames: data.classNames.slice(1) })).toThrow(
      `resume: got ${samples} samples of 1 × 28 × 28 in 9 classes in digits, expected ${samples} samples of 1 × 28 × 28 in 10 classes, as when`,
    )
    expect(refusal({ classNames: [...data.classNames.slice(1), 'x'] })).toThrow('resume: got the classes 1, 2, 3,')
    expect(refusal({ preparation: { mean: [1], deviation: [1] } })).toThrow('resume: got other numbers in digits')
  })
})
