import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  Adam,
  clipGradNorm,
  compile,
  crossEntropy,
  currentDevice,
  Dropout,
  Linear,
  manualSeed,
  memory,
  scope,
  Sequential,
  setDevice,
  Tanh,
  type Tensor,
  twoMoons,
} from './index.js'

/** A network on two moons; a step gives its loss. */
const makeTraining = () => {
  manualSeed(1)
  const { points, labels } = twoMoons({ samples: 8, seed: 1 })
  const model = new Sequential(new Linear(2, 4), new Tanh(), new Dropout(0), new Linear(4, 2))
  const parameters = [...model.parameters()]
  const optimizer = new Adam(parameters, { lr: 0.01 })
  const step = (): Tensor => {
    const loss = crossEntropy(model.forward(points), labels)
    optimizer.zeroGrad()
    loss.backward()
    clipGradNorm(parameters, 1)
    optimizer.step()
    return loss.detach()
  }
  return { model, step }
}

const numberOf = (loss: Tensor): number => loss.dataSync()[0] ?? Number.NaN

/** Bytes that the device has taken: those of tensors, programs and its own, and the memory they lie in. */
const deviceBytes = (): unknown => {
  const { liveBytes, memoryBytes } = currentDevice().describe()
  return { liveBytes, memoryBytes }
}

test('memory is flat over ten thousand eager steps in a scope', { timeout: 120_000 }, () => {
  const { step } = makeTraining()
  const run = (): number => scope(() => numberOf(step()))
  const first = run() // makes gradients and optimizer state, which stay
  const before = memory()
  let last = first
  for (let count = 0; count < 10_000; count++) last = run()
  const after = memory()
  expect({ tensors: after.tensors, bytes: after.bytes }).toEqual({ tensors: before.tensors, bytes: before.bytes })
  // They were steps of training, not of nothing.
  expect(last).toBeLessThan(first / 10)
})

describe.each(['reference', 'wasm'])('on the %s device', (device) => {
  beforeAll(() => setDevice(device))
  afterAll(() => setDevice('wasm'))

  test('memory is flat over ten thousand compiled steps', { timeout: 120_000 }, () => {
    const training = makeTraining()
    const step = compile(training.step)
    const run = (): number => scope(() => numberOf(step()))
    const first = run()
    run()
    const [before, taken] = [memory(), deviceBytes()]
    let last = first
    for (let count = 0; count < 10_000; count++) last = run()
    const after = memory()
    expect({ tensors: after.tensors, bytes: after.bytes }).toEqual({ tensors: before.tensors, bytes: before.bytes })
    expect(deviceBytes()).toEqual(taken)
    expect(step.stats().captures).toBe(1)
    expect(last).toBeLessThan(first / 10)
    step.dispose()
  })

  test('memory goes back and forth with results that are held, weights that are swapped and modes that alternate', () => {
    const { model, step: train } = makeTraining()
    const step = compile(train)
    const { points } = twoMoons({ samples: 8, seed: 1 })
    const predict = compile((x: Tensor) => model.forward(x))
    const round = (): void => {
      scope(() => {
        const start = model.stateDict()
        const held = [step(), step(), step()]
        const values = held.map(numberOf)
        model.eval()
        const before = [...predict(points).dataSync()]
        model.loadStateDict(start)
        expect([...predict(points).dataSync()]).not.toEqual(before)
        model.train()
        step()
        // What was given earlier is still what it was.
        expect(held.map(numberOf)).toEqual(values)
      })
    }
    round()
    round()
    const [before, taken] = [memory(), deviceBytes()]
    for (let count = 0; count < 500; count++) round()
    expect([memory().tensors, memory().bytes]).toEqual([before.tensors, before.bytes])
    expect(deviceBytes()).toEqual(taken)
    expect(step.stats().captures).toBe(1)
  })

  test('disposed programs give everything back to the device', () => {
    const { step: train } = makeTraining()
    const run = (): void => {
      scope(() => {
        const step = compile(train)
        step()
        step()
        step.dispose()
      })
    }
    run() // makes optimizer state, which stays
    const [before, taken] = [memory(), deviceBytes()]
    for (let count = 0; count < 20; count++) run()
    expect([memory().tensors, memory().bytes]).toEqual([before.tensors, before.bytes])
    expect(deviceBytes()).toEqual(taken)
  })
})
