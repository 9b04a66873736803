import { expect, test } from 'vitest'
import {
  Adam,
  clipGradNorm,
  crossEntropy,
  Linear,
  manualSeed,
  memory,
  scope,
  Sequential,
  Tanh,
  twoMoons,
} from './index.js'

test('memory is flat over ten thousand eager steps in a scope', { timeout: 120_000 }, () => {
  manualSeed(1)
  const { points, labels } = twoMoons({ samples: 8, seed: 1 })
  const model = new Sequential(new Linear(2, 4), new Tanh(), new Linear(4, 2))
  const parameters = [...model.parameters()]
  const optimizer = new Adam(parameters, { lr: 0.01 })
  const step = (): number =>
    scope(() => {
      const loss = crossEntropy(model.forward(points), labels)
      optimizer.zeroGrad()
      loss.backward()
      clipGradNorm(parameters, 1)
      optimizer.step()
      return loss.dataSync()[0] ?? Number.NaN
    })
  const first = step() // makes gradients and optimizer state, which stay
  const before = memory()
  let last = first
  for (let count = 0; count < 10_000; count++) last = step()
  const after = memory()
  expect({ tensors: after.tensors, bytes: after.bytes }).toEqual({ tensors: before.tensors, bytes: before.bytes })
  // They were steps of training, not of nothing.
  expect(last).toBeLessThan(first / 10)
})
