import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  AdamW,
  BatchNorm1d,
  crossEntropy,
  DataLoader,
  type DataLoaderState,
  defaultGenerator,
  Dropout,
  type GeneratorState,
  Linear,
  loadCheckpoint,
  manualSeed,
  type OptimizerStateDict,
  ReLU,
  saveCheckpoint,
  type ScheduleState,
  schedules,
  scope,
  Sequential,
  SGD,
  Tensor,
  twoMoons,
} from './index.js'

const folder = mkdtempSync(join(tmpdir(), 'chainrule-resume-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Saved {
  readonly model: Record<string, Tensor>
  readonly optimizer: OptimizerStateDict
  readonly schedule: ScheduleState
  readonly loader: DataLoaderState
  readonly random: GeneratorState
}

const optimizers = { AdamW, SGD }

/** A run with everything that has a state: running statistics, dropout, momentum, a schedule, shuffled batches. */
class Run {
  readonly model = new Sequential(new Linear(2, 8), new BatchNorm1d(8), new ReLU(), new Dropout(0.25), new Linear(8, 2))
  readonly schedule = schedules.cosine(0.05, 40)
  readonly optimizer: AdamW | SGD
  readonly loader = new DataLoader(twoMoons({ samples: 50, seed: 3 }), { batchSize: 8, shuffle: true, seed: 5 })
  readonly losses: number[] = []

  constructor(optimizer: keyof typeof optimizers) {
    const options = { lr: this.schedule, weightDecay: 0.01, ...(optimizer === 'SGD' ? { momentum: 0.9 } : {}) }
    this.optimizer = new optimizers[optimizer](this.model.parameters(), options)
  }

  /** Trains for so many steps; a checkpoint is written on the way, while the loop over the loader goes on. */
  async train(steps: number, checkpoint?: { readonly path: string; readonly after: number }): Promise<void> {
    while (this.losses.length < steps) {
      for (const { points, labels } of this.loader) {
        const loss = scope(() => {
          const result = crossEntropy(this.model.forward(points), labels)
          this.optimizer.zeroGrad()
          result.backward()
          this.optimizer.step()
          return result.dataSync()[0] ?? Number.NaN
        })
        this.schedule.step()
        this.losses.push(loss)
        if (this.losses.length === checkpoint?.after) await this.save(checkpoint.path)
        if (this.losses.length === steps) return
      }
    }
  }

  async save(path: string): Promise<void> {
    const { model, optimizer, schedule, loader } = this
    await saveCheckpoint(path, { model, optimizer, schedule, loader, random: defaultGenerator.state })
  }

  async load(path: string): Promise<void> {
    const { model, optimizer, schedule, loader, random } = await loadCheckpoint<Saved>(path)
    this.model.loadStateDict(model)
    this.optimizer.loadStateDict(optimizer)
    this.schedule.loadStateDict(schedule)
    this.loader.loadStateDict(loader)
    defaultGenerator.state = random
  }

  /** Every number of the model and of the optimizer. */
  numbers(): Record<string, number[]> {
    const state = Object.entries(this.optimizer.stateDict().state).flatMap(([place, entry]) =>
      Object.entries(entry).map(([name, value]) => [`${place}.${name}`, value] as const),
    )
    const all = [...Object.entries(this.model.stateDict()), ...state]
    return Object.fromEntries(
      all.map(([name, value]) => [name, value instanceof Tensor ? [...value.dataSync()] : [Number(value)]]),
    )
  }
}

describe.each(['SGD', 'AdamW'] as const)('a run of %s that goes on from a checkpoint', (optimizer) => {
  // Seven batches an epoch: the checkpoint is written in the middle of the second one.
  const stop = 10
  const end = 24

  test('ends with the same bits as one that never stopped', async () => {
    const path = join(folder, `${optimizer}.checkpoint`)
    manualSeed(11)
    const whole = new Run(optimizer)
    await whole.train(end, { path, after: stop })
    const expected = { losses: whole.losses.slice(stop), numbers: whole.numbers(), random: defaultGenerator.state }

    manualSeed(99) // a new process starts from other weights and other random numbers
    const resumed = new Run(optimizer)
    await resumed.load(path)
    await resumed.train(end - stop)
    expect(resumed.losses).toEqual(expected.losses)
    expect(resumed.numbers()).toEqual(expected.numbers)
    expect(defaultGenerator.state).toEqual(expected.random)
  })

  test('differs from a run that only took the weights along', async () => {
    const path = join(folder, `${optimizer}-weights.checkpoint`)
    manualSeed(11)
    const whole = new Run(optimizer)
    await whole.train(end, { path, after: stop })

    manualSeed(99)
    const fresh = new Run(optimizer)
    fresh.model.loadStateDict((await loadCheckpoint<Saved>(path)).model)
    await fresh.train(end - stop)
    expect(fresh.losses).not.toEqual(whole.losses.slice(stop))
  })
})
