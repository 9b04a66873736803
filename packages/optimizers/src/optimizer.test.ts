import { compile } from '@chainrule/compiler'
import {
  ArgumentError,
  cell,
  DTypeError,
  memory,
  type Recorder,
  scope,
  ShapeError,
  startObserver,
  tensor,
  Variable,
} from '@chainrule/tensor'
import { Parameter } from '@chainrule/autograd'
import { describe, expect, it } from 'vitest'
import { Adagrad, Adam, AdamW, type LearningRate, RMSprop, SGD } from './index.js'
import { makeProblem, valuesOf } from './problem.fixture.js'

const makers = {
  SGD: (parameters: readonly Parameter[], lr: LearningRate = 0.05) =>
    new SGD(parameters, { lr, momentum: 0.9, dampening: 0.2, weightDecay: 0.01 }),
  Adam: (parameters: readonly Parameter[], lr: LearningRate = 0.05) => new Adam(parameters, { lr, amsgrad: true }),
  AdamW: (parameters: readonly Parameter[], lr: LearningRate = 0.05) => new AdamW(parameters, { lr }),
  RMSprop: (parameters: readonly Parameter[], lr: LearningRate = 0.05) =>
    new RMSprop(parameters, { lr, momentum: 0.5, centered: true }),
  Adagrad: (parameters: readonly Parameter[], lr: LearningRate = 0.05) => new Adagrad(parameters, { lr, lrDecay: 0.1 }),
}

const names = Object.keys(makers) as (keyof typeof makers)[]

/** Names of the ops that a function carries out. */
const opsOf = (run: () => void): string[] => {
  const seen: string[] = []
  const observer: Recorder = {
    kind: 'observer',
    op: ({ op, attributes }) => {
      seen.push('name' in attributes ? attributes.name : op)
    },
  }
  const stop = startObserver(observer)
  run()
  stop()
  return seen
}

const gradientsOfOnes = (parameters: readonly Parameter[]): void => {
  for (const parameter of parameters) parameter.grad = parameter.detach().mul(0).add(1)
}

describe.each(names)('%s', (name) => {
  const make = makers[name]

  it('moves a parameter with one kernel', () => {
    const { parameters } = makeProblem()
    const optimizer = make(parameters)
    gradientsOfOnes(parameters)
    optimizer.step()
    expect(opsOf(() => optimizer.step())).toEqual([name, name])
  })

  it('gives the same bits compiled, with one capture while the rate changes', () => {
    const run = (compiled: boolean): number[][] => {
      const { parameters, loss } = makeProblem()
      const rate = cell(0.05)
      const optimizer = make(parameters, rate)
      const eager = (): void => {
        optimizer.zeroGrad()
        loss().backward()
        optimizer.step()
      }
      const program = compile(eager)
      const step = compiled ? program : eager
      for (let count = 0; count < 6; count++) {
        scope(step)
        rate.set(0.05 / (count + 1))
      }
      if (compiled) expect(program.stats().captures).toBe(1)
      const { state } = optimizer.stateDict()
      const tensors = Object.values(state).flatMap((entry) => Object.values(entry))
      return [
        ...valuesOf(parameters),
        ...tensors.map((value) =>
          typeof value === 'number' || value === null ? [Number(value)] : [...value.dataSync()],
        ),
      ]
    }
    expect(run(true)).toEqual(run(false))
  })

  it('keeps memory flat', () => {
    const { parameters, loss } = makeProblem('float32')
    const optimizer = make(parameters)
    const step = (): void => {
      optimizer.zeroGrad()
      loss().backward()
      optimizer.step()
    }
    scope(step)
    const before = memory()
    for (let count = 0; count < 200; count++) scope(step)
    expect([memory().tensors, memory().bytes]).toEqual([before.tensors, before.bytes])
  })

  it('passes over parameters without a gradient, and counts the steps of each', () => {
    const [early, late] = [makeProblem(), makeProblem()]
    const both = make(early.parameters)
    const alone = make([late.parameters[1]])
    // The second parameter joins in step 3, which is its own first one.
    for (let count = 0; count < 4; count++) {
      early.parameters[0].grad = tensor([1, 2, count], { dtype: 'float64' })
      const gradient = count < 2 ? undefined : tensor([[count, 1, -1]], { dtype: 'float64' })
      early.parameters[1].grad = gradient
      late.parameters[1].grad = gradient
      both.step()
      if (count < 2) expect(valuesOf([early.parameters[1]])).toEqual([[1, 2, 3]])
      else alone.step()
    }
    expect(valuesOf([early.parameters[1]])).toEqual(valuesOf([late.parameters[1]]))
  })

  it('changes nothing when a step fails', () => {
    const { parameters, loss } = makeProblem()
    const optimizer = make(parameters)
    loss().backward()
    optimizer.step()
    const before = valuesOf(parameters)
    const state = optimizer.stateDict()
    parameters[1].grad = tensor([1, 2], { dtype: 'float64' })
    expect(() => optimizer.step()).toThrow(ShapeError)
    parameters[1].grad = tensor([[1, 2, 3]])
    expect(() => optimizer.step()).toThrow(DTypeError)
    parameters[1].grad = undefined
    optimizer.groups[0]?.set({ lr: cell(0.1) })
    optimizer.lr = { value: 1 }
    expect(valuesOf(parameters)).toEqual(before)
    const after = optimizer.stateDict()
    expect(after.state[0]?.step).toEqual(state.state[0]?.step)
    for (const [key, value] of Object.entries(state.state[0] ?? {})) {
      if (typeof value !== 'number') expect(String(after.state[0]?.[key])).toBe(String(value))
    }
  })
})

describe('the learning rate', () => {
  it('is read and set for all groups at once, and for each', () => {
    const { parameters } = makeProblem()
    const [first, second] = parameters
    const optimizer = new SGD([{ params: [first], lr: 0.2 }, { params: [second] }], { lr: 0.1 })
    expect(optimizer.groups.map(({ lr }) => lr)).toEqual([0.2, 0.1])
    optimizer.lr = 0.5
    expect(optimizer.groups.map(({ lr }) => lr)).toEqual([0.5, 0.5])
    const [group] = optimizer.groups
    if (group !== undefined) group.lr = cell(0.25)
    expect([optimizer.lr, optimizer.groups[1]?.lr]).toEqual([0.25, 0.5])
  })

  it('may be 0', () => {
    const { parameters, loss } = makeProblem()
    const before = valuesOf(parameters)
    loss().backward()
    new Adam(parameters, { lr: 0 }).step()
    expect(valuesOf(parameters)).toEqual(before)
  })

  it('from a schedule that goes wrong stops the step before it changes anything', () => {
    const { parameters, loss } = makeProblem()
    const rate = cell(0.1)
    const optimizer = new SGD(parameters, { lr: rate })
    loss().backward()
    const before = valuesOf(parameters)
    for (const wrong of [NaN, -1, Infinity]) {
      rate.set(wrong)
      expect(() => optimizer.step()).toThrow(`SGD: got a schedule at ${wrong}`)
    }
    expect(valuesOf(parameters)).toEqual(before)
  })
})

describe('options changed between compiled steps', () => {
  it('reach the program, by a new capture only where the formula changes', () => {
    const run = (compiled: boolean): { values: number[][]; captures: number } => {
      const { parameters, loss } = makeProblem()
      const optimizer = new SGD(parameters, { lr: 0.01, momentum: 0.9 })
      const eager = (): void => {
        optimizer.zeroGrad()
        loss().backward()
        optimizer.step()
      }
      const program = compile(eager)
      const step = compiled ? program : eager
      const group = optimizer.groups[0]
      step()
      group?.set({ momentum: 0.5 })
      step()
      group?.set({ nesterov: true })
      step()
      return { values: valuesOf(parameters), captures: compiled ? program.stats().captures : 0 }
    }
    const compiled = run(true)
    expect(compiled.captures).toBe(2)
    expect(compiled.values).toEqual(run(false).values)
  })

  it('share a launch among parameters', () => {
    const { parameters } = makeProblem()
    const optimizer = new Adam(parameters, { lr: 0.01 })
    gradientsOfOnes(parameters)
    const step = compile(() => optimizer.step())
    step()
    expect(step.stats().kernels).toBe(1)
  })

  it('notice parameters of different ages', () => {
    const run = (compiled: boolean): number[][] => {
      const { parameters, loss } = makeProblem()
      const [first, second] = parameters
      const optimizer = new Adam(parameters, { lr: 0.05 })
      const both = (): void => {
        optimizer.zeroGrad()
        loss().backward()
        optimizer.step()
      }
      const one = (): void => {
        optimizer.zeroGrad()
        first.square().sum().backward()
        optimizer.step()
      }
      const steps = compiled ? [compile(both), compile(one)] : [both, one]
      for (const place of [0, 0, 1, 0, 1, 1, 0]) steps[place]?.()
      return valuesOf([first, second])
    }
    expect(run(true)).toEqual(run(false))
  })
})

describe('zeroGrad', () => {
  it('forgets gradients and leaves handles on them readable', () => {
    const { parameters, loss } = makeProblem()
    const optimizer = new SGD(parameters)
    loss().backward()
    const held = parameters[0].grad
    const before = String(held)
    optimizer.zeroGrad()
    expect(parameters.map(({ grad }) => grad)).toEqual([undefined, undefined])
    expect(String(held)).toBe(before)
  })
})

describe('wrong optimizers are refused', () => {
  const parameter = new Parameter([1, 2])
  const other = new Parameter([3])
  const wrong = (value: unknown): never => value as never

  it.each([
    ['no parameters', () => new SGD([]), 'SGD: got no parameters, expected at least one'],
    ['a bare parameter', () => new SGD(wrong(parameter)), 'SGD: got a Parameter as parameters, expected a list'],
    [
      'a rate without a name',
      () => new Adam([new Parameter(1)], wrong(0.1)),
      'Adam: got 0.1 as second argument, expected options such as { lr: 0.1 }. Write them by name.',
    ],
    ['nothing', () => new Adam(wrong(undefined)), 'Adam: got undefined as parameters'],
    ['a tensor', () => new SGD(wrong([parameter, tensor([1])])), 'SGD: got a Tensor at place 1 of the parameters'],
    ['a variable', () => new SGD(wrong([new Variable(tensor([1]))])), 'got a Variable at place 0'],
    ['a number', () => new SGD(wrong([1])), 'got number at place 0'],
    ['a repeated parameter', () => new SGD([parameter, other, parameter]), 'the same parameter at places 0 and 2'],
    [
      'a parameter in two groups',
      () => new SGD([{ params: [parameter] }, { params: [parameter] }]),
      'the same parameter at places 0 and 1',
    ],
    [
      'parameters beside groups',
      () => new SGD(wrong([{ params: [other] }, parameter])),
      'got parameters beside groups',
    ],
    [
      'a negative rate',
      () => new SGD([parameter], { lr: -0.1 }),
      'SGD: got lr -0.1, expected a finite number of at least 0',
    ],
    ['a rate that is no number', () => new Adam([parameter], { lr: NaN }), 'Adam: got lr NaN'],
    ['an infinite rate', () => new Adam([parameter], { lr: Infinity }), 'Adam: got lr Infinity'],
    ['a text as rate', () => new Adam([parameter], wrong({ lr: '0.1' })), 'Adam: got lr 0.1, expected a finite number'],
    ['a schedule without a rate', () => new Adam([parameter], { lr: cell(-1) }), 'Adam: got lr cell(-1)'],
    ['a beta of 1', () => new Adam([parameter], { betas: [0.9, 1] }), 'Adam: got betas 0.9,1, expected two numbers of'],
    ['a negative beta', () => new AdamW([parameter], { betas: [-0.1, 0.9] }), 'AdamW: got betas -0.1,0.9'],
    ['one beta', () => new AdamW([parameter], wrong({ betas: [0.9] })), 'AdamW: got betas 0.9, expected two numbers'],
    ['a negative eps', () => new Adam([parameter], { eps: -1 }), 'Adam: got eps -1'],
    ['a negative momentum', () => new SGD([parameter], { momentum: -1 }), 'SGD: got momentum -1'],
    ['a negative penalty', () => new SGD([parameter], { weightDecay: -1 }), 'SGD: got weightDecay -1'],
    ['nesterov alone', () => new SGD([parameter], { nesterov: true }), 'SGD: got nesterov with momentum 0'],
    [
      'nesterov with dampening',
      () => new SGD([parameter], { nesterov: true, momentum: 0.9, dampening: 0.1 }),
      'SGD: got nesterov with momentum 0.9 and dampening 0.1',
    ],
    [
      'a text as flag',
      () => new SGD([parameter], wrong({ maximize: 'yes' })),
      'SGD: got maximize yes, expected true or false',
    ],
    [
      'a misspelt option',
      () => new SGD([parameter], wrong({ momentun: 0.9 })),
      'SGD: got the option momentun, expected an object with some of lr',
    ],
    [
      'a misspelt option of a group',
      () => new SGD([wrong({ params: [parameter], weight_decay: 1 })]),
      'SGD: got the option weight_decay',
    ],
    ['a negative alpha', () => new RMSprop([parameter], { alpha: -1 }), 'RMSprop: got alpha -1'],
    ['a negative decay', () => new Adagrad([parameter], { lrDecay: -1 }), 'Adagrad: got lrDecay -1'],
    [
      'a negative first sum',
      () => new Adagrad([parameter], { initialAccumulatorValue: -1 }),
      'Adagrad: got initialAccumulatorValue -1',
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(ArgumentError)
    expect(make).toThrow(message)
  })

  it('a wrong option set later, which then stays as it was', () => {
    const optimizer = new SGD([parameter], { lr: 0.1 })
    expect(() => optimizer.groups[0]?.set({ nesterov: true })).toThrow('got nesterov with momentum 0')
    expect(() => {
      optimizer.lr = -1
    }).toThrow('SGD: got lr -1')
    expect([optimizer.lr, optimizer.groups[0]?.settings.nesterov]).toEqual([0.1, false])
  })
})
