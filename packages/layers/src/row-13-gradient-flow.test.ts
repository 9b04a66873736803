import { jacobian, noGrad, type Parameter } from '@chainrule/autograd'
import { add, manualSeed, mul, ones, rand, scope, sum, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { constant } from './initializers/index.js'
import { gradientFlow, initializers, Linear, type Module, ReLU, RNN, Sequential, Sigmoid } from './index.js'

const norms = async (model: Module): Promise<readonly number[]> =>
  (await gradientFlow(model)).flatMap(({ gradientNorm }) => gradientNorm ?? [])

/** θ ← θ − rate · gradient. */
const descend = (parameters: readonly Parameter[], rate: number): void => {
  noGrad(() => {
    for (const parameter of parameters) {
      if (parameter.grad !== undefined) parameter.assign(parameter.sub(parameter.grad.mul(rate)))
      parameter.grad = undefined
    }
  })
}

const normOf = (parameters: readonly Parameter[]): number =>
  Math.sqrt(parameters.reduce((total, { grad }) => total + (grad?.square().sum().dataSync()[0] ?? 0), 0))

/** Shortens all gradients together to a norm of at most `maxNorm`. */
const clip = (parameters: readonly Parameter[], maxNorm: number): void => {
  const factor = Math.min(1, maxNorm / normOf(parameters))
  for (const parameter of parameters) if (parameter.grad !== undefined) parameter.grad = parameter.grad.mul(factor)
}

describe('row 13 of the notes: ReLU’s Jacobian', () => {
  it('is diagonal, with 1 where the unit fires and 0 elsewhere', async () => {
    const matrix = jacobian((x: Tensor) => new ReLU().forward(x))(tensor([-1, 2, 0, 3]))
    expect(await matrix.toArray()).toEqual([
      [0, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 1],
    ])
  })
})

describe('row 13 of the notes: dying ReLUs', () => {
  it('show as a dead share, and their weights never change again', async () => {
    manualSeed(1)
    const [hidden, out] = [new Linear(2, 8), new Linear(8, 1)]
    const model = new Sequential(hidden, new ReLU(), out)
    // A bias far below 0 for six of eight units: no input in 0 … 1 makes them fire.
    hidden.bias?.assign(tensor([-9, -9, -9, -9, -9, -9, 1, 1]))
    const x = rand([32, 2])
    const before = hidden.weight.detach()
    for (let step = 0; step < 5; step++) {
      model.forward(x).sub(1).square().mean().backward()
      if (step < 4) descend(model.parameters(), 0.05)
    }
    const flow = await gradientFlow(model, { input: x })
    expect(flow.map(({ layer, deadShare }) => [layer, deadShare])).toEqual([
      ['Linear', 0.75],
      ['ReLU', 0.75],
      ['Linear', 0],
    ])
    const change = hidden.weight.sub(before).abs().sum(1).dataSync()
    expect([...change].map((value) => value > 0)).toEqual([...new Array<boolean>(6).fill(false), true, true])
  })
})

describe('row 13 of the notes: vanishing and exploding gradients', () => {
  const deep = (gain: number): Sequential => {
    manualSeed(2)
    const model = new Sequential(...Array.from({ length: 10 }, () => new Sequential(new Linear(16, 16), new Sigmoid())))
    for (const parameter of model.parameters()) {
      if (parameter.rank === 2) initializers.orthogonal(parameter, { gain })
      else constant(parameter, 0)
    }
    model
      .forward(rand([8, 16]))
      .sum()
      .backward()
    return model
  }

  it('vanish through sigmoids, whose slope is at most ¼', async () => {
    const found = await norms(deep(1))
    // Nine slopes of at most ¼ between the last layer and the first: at most 4⁻⁹ of it, but for the sizes of the inputs.
    expect((found[0] ?? 1) / (found.at(-1) ?? 0)).toBeLessThan(4 ** -8)
    for (let place = 1; place < found.length; place++)
      expect(found[place]).toBeGreaterThan(found[place - 1] ?? Infinity)
  })

  it('keep their size where the weights are orthogonal and the slope is 1', async () => {
    const linear = new Sequential(...Array.from({ length: 10 }, () => new Linear(16, 16, { bias: false })))
    manualSeed(3)
    for (const parameter of linear.parameters()) initializers.orthogonal(parameter)
    linear
      .forward(rand([1, 16]))
      .sum()
      .backward()
    const found = await norms(linear)
    // ‖δ xᵀ‖ = ‖δ‖ ‖x‖, and orthogonal maps keep both lengths: equal up to float32's rounding over ten layers.
    for (const norm of found) expect(norm / (found[0] ?? 0)).toBeCloseTo(1, 4)
  })

  it('explode where the weights stretch', async () => {
    const linear = new Sequential(...Array.from({ length: 10 }, () => new Linear(16, 16, { bias: false })))
    for (const parameter of linear.parameters()) initializers.orthogonal(parameter, { gain: 3 })
    linear
      .forward(ones([1, 16]))
      .sum()
      .backward()
    // δ has grown by 3⁹ at the first layer and x by 3⁹ at the last: every layer's gradient is 3⁹ times that of gain 1, which
    // is ‖δ‖ ‖x‖ = 4 · 4.
    for (const norm of await norms(linear)) expect(norm / (16 * 3 ** 9)).toBeCloseTo(1, 4)
  })
})

describe('row 13 of the notes: a recurrent network that explodes', () => {
  /** Remembers the first of twenty numbers; its recurrent weight doubles lengths at each step. */
  const train = (maxNorm: number): { readonly losses: readonly number[]; readonly firstNorm: number } => {
    manualSeed(4)
    const rnn = new RNN(1, 8, { nonlinearity: 'relu', batchFirst: true })
    const head = new Linear(8, 1)
    initializers.orthogonal(rnn.weightHhL0 as Parameter, { gain: 2 })
    const parameters = [...rnn.parameters(), ...head.parameters()]
    const x = rand([16, 20, 1])
    const target = x.select(1, 0)
    const losses: number[] = []
    let firstNorm = 0
    for (let step = 0; step < 80 && losses.every(Number.isFinite); step++) {
      scope(() => {
        const { state } = rnn.forward(x)
        const loss = head.forward(state.select(0, 0)).sub(target).square().mean()
        loss.backward()
        if (step === 0) firstNorm = normOf(parameters)
        if (Number.isFinite(maxNorm)) clip(parameters, maxNorm)
        descend(parameters, 0.01)
        losses.push(loss.dataSync()[0] ?? Number.NaN)
      })
    }
    return { losses, firstNorm }
  }

  it('diverges without clipping', () => {
    const { losses, firstNorm } = train(Infinity)
    expect(firstNorm).toBeGreaterThan(1e3)
    expect(losses.some((loss) => !Number.isFinite(loss))).toBe(true)
  })

  it('is cured by clipping', () => {
    const { losses } = train(1)
    expect(losses.every(Number.isFinite)).toBe(true)
    // Half of what the mean of the targets would leave, the variance 1/12 of numbers in 0 … 1: it has learnt to remember.
    expect(losses.at(-1)).toBeLessThan(1 / 24)
  })

  it('is clipped by shortening all gradients together, which keeps their direction', () => {
    const layer = new Linear(2, 1, { bias: false })
    layer.weight.assign(tensor([[3, 4]]))
    sum(mul(layer.weight, layer.weight)).backward()
    clip([layer.weight], 1)
    expect([...add(layer.weight.grad ?? tensor([0]), 0).dataSync()]).toEqual([Math.fround(0.6), Math.fround(0.8)])
  })
})
