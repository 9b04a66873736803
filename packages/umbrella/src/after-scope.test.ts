import { describe, expect, test } from 'vitest'
import { BatchNorm1d, Linear, manualSeed, mseLoss, scope, Sequential, SGD, Tensor, tensor } from './index.js'

const inputs = [
  [1, 2],
  [3, 5],
  [-1, 0],
]
const targets = [[1], [0], [2]]
const rate = 0.1

/** A network of known weights, so that everything after a step can be worked out by hand. */
function makeTraining() {
  manualSeed(1)
  const model = new Sequential(new BatchNorm1d(2), new Linear(2, 1))
  model.loadStateDict({ ...model.stateDict(), '1.weight': tensor([[0.5, -0.25]]), '1.bias': tensor([0.125]) })
  const optimizer = new SGD(model.parameters(), { lr: rate, momentum: 0.9 })
  const step = (): { logits: Tensor; loss: Tensor } =>
    scope(() => {
      const logits = model.forward(tensor(inputs))
      const loss = mseLoss(logits, tensor(targets))
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
      return { logits, loss }
    })
  return { model, optimizer, step }
}

/** Mean and biased variance of each column. */
const column = (place: number): { mean: number; variance: number } => {
  const values = inputs.map((row) => row[place] ?? Number.NaN)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length }
}

/** What the step computes, in float64: batch norm with weight 1 and bias 0, then 0.5 a − 0.25 b + 0.125. */
const normalized = inputs.map((row) =>
  row.map((value, place) => (value - column(place).mean) / Math.sqrt(column(place).variance + 1e-5)),
)
const outputs = normalized.map(([a = 0, b = 0]) => 0.5 * a - 0.25 * b + 0.125)
const residuals = outputs.map((output, row) => output - (targets[row]?.[0] ?? Number.NaN))
const biasGradient = (2 / 3) * residuals.reduce((sum, value) => sum + value, 0)
const weightGradient = [0, 1].map(
  (place) => (2 / 3) * residuals.reduce((sum, value, row) => sum + value * (normalized[row]?.[place] ?? 0), 0),
)

/** Float32 has 24 bits; a handful of operations lie between the numbers and these. */
const digits = 5
const near = (value: number): unknown => expect.closeTo(value, digits)

const numbers = async (value: unknown): Promise<number[]> => [...(value instanceof Tensor ? await value.data() : [])]

describe('after a step in a scope', () => {
  test('what the step returns is readable and right', async () => {
    const { logits, loss } = makeTraining().step()
    for (const [row, value] of (await numbers(logits)).entries()) expect(value).toBeCloseTo(outputs[row] ?? 0, digits)
    expect(await loss.item()).toBeCloseTo(residuals.reduce((sum, value) => sum + value ** 2, 0) / 3, digits)
  })

  test('gradients are readable and right', async () => {
    const { model, step } = makeTraining()
    step()
    const gradients = new Map([...model.namedParameters()].map(([name, { grad }]) => [name, grad]))
    expect(await numbers(gradients.get('1.bias'))).toEqual([near(biasGradient)])
    expect(await numbers(gradients.get('1.weight'))).toEqual(weightGradient.map((value) => near(value)))
  })

  test('parameters have moved against their gradients', async () => {
    const { model, step } = makeTraining()
    step()
    const state = model.stateDict()
    expect(await numbers(state['1.bias'])).toEqual([near(0.125 - rate * biasGradient)])
  })

  test('running statistics are readable and right', async () => {
    const { model, step } = makeTraining()
    step()
    const state = model.stateDict()
    // PyTorch: 0.9 of the old (0 and 1) and 0.1 of the new, the variance unbiased.
    const means = [0, 1].map((place) => near(0.1 * column(place).mean))
    const variances = [0, 1].map((place) => near(0.9 + 0.1 * column(place).variance * 1.5))
    expect(await numbers(state['0.running_mean'])).toEqual(means)
    expect(await numbers(state['0.running_var'])).toEqual(variances)
    expect(await numbers(state['0.num_batches_tracked'])).toEqual([1])
  })

  test('optimizer state is readable and right', async () => {
    const { model, optimizer, step } = makeTraining()
    step()
    const names = [...model.namedParameters()].map(([name]) => name)
    const momentum = optimizer.stateDict().state[String(names.indexOf('1.bias'))]?.momentum_buffer
    // The first velocity is the gradient itself.
    expect(await numbers(momentum as Tensor)).toEqual([near(biasGradient)])
  })

  test('a state dict from before the step still has the old values, and brings them back', async () => {
    const { model, optimizer, step } = makeTraining()
    step()
    const snapshots = { model: model.stateDict(), optimizer: optimizer.stateDict() }
    const momenta = Object.values(snapshots.optimizer.state).map((entry) => entry.momentum_buffer as Tensor)
    const read = async (): Promise<number[][]> =>
      Promise.all([...Object.values(snapshots.model), ...momenta].map((value) => numbers(value)))
    const before = await read()
    const { loss } = step()
    expect(await read()).toEqual(before)
    const moved = await numbers(model.stateDict()['1.weight'])
    expect(moved).not.toEqual(await numbers(snapshots.model['1.weight']))

    model.loadStateDict(snapshots.model)
    optimizer.loadStateDict(snapshots.optimizer)
    expect(await step().loss.item()).toBe(await loss.item())
    expect(await numbers(model.stateDict()['1.weight'])).toEqual(moved)
  })
})
