import { beforeAll, describe, expect, test } from 'vitest'
import {
  crossEntropy,
  DataLoader,
  Flatten,
  type GeneratedDigits,
  generatedDigits,
  Linear,
  manualSeed,
  noGrad,
  ReLU,
  scope,
  Sequential,
  SGD,
} from './index.js'

describe('generated digits', () => {
  let train: GeneratedDigits
  let unseen: GeneratedDigits

  beforeAll(() => {
    train = generatedDigits({ count: 20_000, seed: 1 })
    unseen = generatedDigits({ count: 4000, seed: 1, start: 1_000_000 })
  }, 60_000)

  /** The share of unseen digits that a network names rightly after some epochs of SGD. */
  async function accuracyAfter(epochs: number, makeModel: () => Sequential): Promise<number> {
    manualSeed(1)
    const model = makeModel()
    const optimizer = new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 })
    const loader = new DataLoader(train, { batchSize: 64, shuffle: true, seed: 1 })
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const { images, labels } of loader) {
        scope(() => {
          const loss = crossEntropy(model.forward(images), labels)
          optimizer.zeroGrad()
          loss.backward()
          optimizer.step()
        })
      }
    }
    const right = scope(() =>
      noGrad(() => model.forward(unseen.images).argmax(1).equal(unseen.labels).to('float32').mean()),
    )
    return right.item()
  }

  test('a linear model stays below 93 %', { timeout: 120_000 }, async () => {
    const accuracy = await accuracyAfter(6, () => new Sequential(new Flatten(), new Linear(784, 10)))
    expect(accuracy).toBeLessThan(0.93)
    // It does learn what a linear model can: chance is 10 %.
    expect(accuracy).toBeGreaterThan(0.8)
  })

  test('one hidden layer of 128 reaches 97 %', { timeout: 240_000 }, async () => {
    const hidden = (): Sequential =>
      new Sequential(new Flatten(), new Linear(784, 128), new ReLU(), new Linear(128, 10))
    expect(await accuracyAfter(3, hidden)).toBeGreaterThanOrEqual(0.97)
  })
})
