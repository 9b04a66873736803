import { readFileSync } from 'node:fs'
import { scope, StateDictError, tensor, type Tensor } from '@chainrule/tensor'
import { Parameter } from '@chainrule/autograd'
import { decodeCheckpoint, encodeCheckpoint } from '@chainrule/serialize'
import { describe, expect, it } from 'vitest'
import {
  Adagrad,
  Adam,
  AdamW,
  type GradientOptimizer,
  type OptimizerStateDict,
  RMSprop,
  schedules,
  SGD,
  ZerothOrder,
} from './index.js'
import { makeProblem, valuesOf } from './problem.fixture.js'

const makers = {
  SGD: (parameters: readonly Parameter[]) => new SGD(parameters, { lr: 0.05, momentum: 0.9, dampening: 0.3 }),
  'SGD without momentum': (parameters: readonly Parameter[]) => new SGD(parameters, { lr: 0.05 }),
  Adam: (parameters: readonly Parameter[]) => new Adam(parameters, { lr: 0.05, amsgrad: true }),
  AdamW: (parameters: readonly Parameter[]) => new AdamW(parameters, { lr: 0.05 }),
  RMSprop: (parameters: readonly Parameter[]) => new RMSprop(parameters, { lr: 0.05, momentum: 0.5, centered: true }),
  Adagrad: (parameters: readonly Parameter[]) => new Adagrad(parameters, { lr: 0.05, lrDecay: 0.1 }),
}

const train = (problem: ReturnType<typeof makeProblem>, optimizer: GradientOptimizer, steps: number): void => {
  for (let step = 0; step < steps; step++) {
    scope(() => {
      optimizer.zeroGrad()
      problem.loss().backward()
      optimizer.step()
    })
  }
}

const copyInto = (target: readonly Parameter[], source: readonly Tensor[]): void => {
  target.forEach((parameter, place) => {
    const value = source[place]
    if (value !== undefined) parameter.assign(value)
  })
}

describe.each(Object.entries(makers))('the state of %s', (_, make) => {
  it('continues in another optimizer as if it had never stopped, through a file, bit for bit', async () => {
    const problem = makeProblem('float32')
    const optimizer = make(problem.parameters)
    train(problem, optimizer, 3)
    const bytes = await encodeCheckpoint({ model: problem.parameters.map((each) => each.detach()), optimizer })
    train(problem, optimizer, 3)

    const resumed = makeProblem('float32')
    const loaded = decodeCheckpoint<{ model: Tensor[]; optimizer: OptimizerStateDict }>(bytes)
    copyInto(resumed.parameters, loaded.model)
    const other = make(resumed.parameters)
    other.loadStateDict(loaded.optimizer)
    train(resumed, other, 3)
    expect(valuesOf(resumed.parameters)).toEqual(valuesOf(problem.parameters))
  })

  it('keeps its values while the optimizer goes on', () => {
    const problem = makeProblem()
    const optimizer = make(problem.parameters)
    train(problem, optimizer, 2)
    const state = optimizer.stateDict()
    const before = JSON.stringify(state.state, (_, value: unknown) => String(value))
    train(problem, optimizer, 2)
    expect(JSON.stringify(state.state, (_, value: unknown) => String(value))).toBe(before)
  })
})

interface GoldenTensor {
  readonly data: readonly number[]
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'float64'
}

interface GoldenRun {
  readonly kind: string
  readonly name: string
  readonly optimizer: 'SGD' | 'Adam' | 'AdamW' | 'RMSprop' | 'Adagrad'
  readonly groups?: readonly object[]
  readonly stateDict: OptimizerStateDict
}

const isGolden = (value: unknown): value is GoldenTensor =>
  typeof value === 'object' && value !== null && 'data' in value && 'shape' in value

const runs = (
  JSON.parse(readFileSync(new URL('golden/optimizers.json', import.meta.url), 'utf8'), (_, value: unknown) =>
    isGolden(value) ? tensor([...value.data], { shape: value.shape, dtype: value.dtype }) : value,
  ) as GoldenRun[]
).filter(({ kind, groups }) => kind === 'run' && groups === undefined)

describe("PyTorch's state dict", () => {
  it.each(runs.map((run) => [run.name, run] as const))('of %s is loaded, and saved as it was', (_, run) => {
    const make = { SGD, Adam, AdamW, RMSprop, Adagrad }[run.optimizer]
    const dtype = run.name.endsWith('float32') ? 'float32' : 'float64'
    const optimizer = new make([
      new Parameter(tensor([0, 0, 0], { dtype })),
      new Parameter(tensor([0, 0, 0, 0], { shape: [2, 2], dtype })),
    ])
    optimizer.loadStateDict(run.stateDict)
    const saved = optimizer.stateDict()
    for (const [number, entry] of Object.entries(run.stateDict.state)) {
      for (const [name, value] of Object.entries(entry)) {
        const mine = saved.state[number]?.[name] ?? null
        if (value === null) expect(mine).toBeNull()
        else if (name === 'step') expect(mine).toBe(typeof value === 'number' ? value : value.dataSync()[0])
        else expect(String(mine)).toBe(String(value))
      }
    }
    expect(run.stateDict.param_groups[0]).toMatchObject(saved.param_groups[0] ?? {})
  })
})

describe('loading a state dict', () => {
  it('numbers parameters through all groups, whatever numbers were saved', () => {
    const { parameters } = makeProblem()
    const [first, second] = parameters
    const optimizer = new Adam([{ params: [second], lr: 0.1 }, { params: [first] }])
    const entry = (shape: readonly number[], value: number) => {
      const moment = tensor([value, value, value], { shape, dtype: 'float64' })
      return { step: 3, exp_avg: moment, exp_avg_sq: moment }
    }
    optimizer.loadStateDict({
      state: { 7: entry([1, 3], 1), 4: entry([3], 2) },
      param_groups: [
        { lr: 0.5, params: [7] },
        { lr: 0.25, params: [4] },
      ],
    })
    const { state, param_groups } = optimizer.stateDict()
    expect([String(state[0]?.exp_avg), String(state[1]?.exp_avg)]).toEqual([
      'tensor([[1, 1, 1]], float64)',
      'tensor([2, 2, 2], float64)',
    ])
    expect(param_groups.map(({ lr, params }) => [lr, params])).toEqual([
      [0.5, [0]],
      [0.25, [1]],
    ])
  })

  it('lists everything that does not fit, and changes nothing', () => {
    const { parameters, loss } = makeProblem()
    const optimizer = new Adam(parameters, { lr: 0.1 })
    loss().backward()
    optimizer.step()
    const before = optimizer.stateDict()
    const moments = tensor([1, 2])
    const attempt = (): void =>
      optimizer.loadStateDict({
        state: {
          0: { step: -1, exp_avg: moments, exp_avg_sq: before.state[0]?.exp_avg_sq ?? 0, velocity: moments },
          1: { exp_avg: tensor([[1, 2, 3]]).to('int32') },
          2: { step: 1 },
        },
        param_groups: [{ lr: -1, betas: [0.9], momentum: 0.9, foreach: null, params: [0, 1] }],
      })
    expect(attempt).toThrow(StateDictError)
    for (const line of [
      'Adam.loadStateDict: got a state dict that does not fit:',
      'param_groups[0].lr: got -1, expected a finite number of at least 0',
      'param_groups[0].betas: got 0.9, expected two numbers',
      'param_groups[0].momentum: Adam has no such option',
      'state[0].step: got -1, expected a whole number of at least 0',
      "state[0].exp_avg: got shape [2], expected the parameter's [3]",
      'state[0].velocity: unexpected with these options',
      'state[1].step: missing',
      'state[1].exp_avg: got a tensor [1, 3], expected a floating tensor [1, 3]',
      'state[1].exp_avg_sq: missing',
      'state[2]: no group has this parameter',
      'Nothing was changed.',
    ]) {
      expect(attempt).toThrow(line)
    }
    expect(String(optimizer.stateDict().state[0]?.exp_avg)).toBe(String(before.state[0]?.exp_avg))
    expect(optimizer.lr).toBe(0.1)
  })

  it.each([
    ['nothing', null, 'state: expected an object'],
    ['no groups', { state: {} }, 'param_groups: expected an array'],
    ['too few groups', { state: {}, param_groups: [] }, 'param_groups: got 0 groups, expected 1'],
    ['a group that is none', { state: {}, param_groups: [3] }, 'param_groups[0]: got 3, expected an object'],
    ['too few parameters', { state: {}, param_groups: [{ params: [0] }] }, 'params: got 1 parameters, expected 2'],
    ['a repeated parameter', { state: {}, param_groups: [{ params: [0, 0] }] }, '0 stands there more than once'],
    [
      'a state that is none',
      { state: { 0: 1 }, param_groups: [{ params: [0, 1] }] },
      'state[0]: got 1, expected an object',
    ],
    [
      'options in conflict',
      { state: {}, param_groups: [{ params: [0, 1], nesterov: true }] },
      'param_groups[0]: got nesterov with momentum 0',
    ],
  ])('refuses %s', (_, dict, message) => {
    const optimizer = new SGD(makeProblem().parameters)
    expect(() => optimizer.loadStateDict(dict as never)).toThrow(StateDictError)
    expect(() => optimizer.loadStateDict(dict as never)).toThrow(message)
  })

  it('leaves a schedule in charge of the rate', () => {
    const schedule = schedules.exponential(1, 0.5)
    const optimizer = new SGD(makeProblem().parameters, { lr: schedule })
    optimizer.loadStateDict(new SGD(makeProblem().parameters, { lr: 0.3 }).stateDict())
    schedule.step()
    expect(optimizer.lr).toBe(0.5)
  })

  it('forgets the state of parameters that the dict has none of', () => {
    const problem = makeProblem()
    const optimizer = new Adam(problem.parameters)
    const fresh = optimizer.stateDict()
    train(problem, optimizer, 2)
    optimizer.loadStateDict(fresh)
    expect(optimizer.stateDict().state).toEqual({})
  })

  it('continues a zeroth-order run with the same directions', () => {
    const run = (stops: boolean): number[][] => {
      const problem = makeProblem()
      let optimizer = new ZerothOrder(problem.parameters, { lr: 0.01, samples: 4, seed: 3 })
      for (let step = 0; step < 6; step++) {
        if (stops && step === 3) {
          const state = optimizer.stateDict()
          optimizer = new ZerothOrder(problem.parameters, { lr: 0.01, samples: 4 })
          optimizer.loadStateDict(state)
        }
        optimizer.step(problem.loss)
      }
      return valuesOf(problem.parameters)
    }
    expect(run(true)).toEqual(run(false))
    const optimizer = new ZerothOrder(makeProblem().parameters)
    expect(() => optimizer.loadStateDict(new SGD(makeProblem().parameters).stateDict() as never)).toThrow(
      StateDictError,
    )
  })
})
