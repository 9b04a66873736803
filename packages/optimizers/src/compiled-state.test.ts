import { Parameter } from '@chainrule/autograd'
import { compile } from '@chainrule/compiler'
import { CaptureError, ones, setDevice, tensor, type Tensor } from '@chainrule/tensor'
import '@chainrule/wasm'
import { beforeAll, describe, expect, it } from 'vitest'
import { Adagrad, Adam, type GradientOptimizer, RMSprop, schedules, SGD } from './index.js'

beforeAll(async () => {
  await setDevice('reference')
})

const numbers = (x: Tensor): number[] => [...x.dataSync()]

type Step = (x: Tensor) => Tensor

const stepOf =
  (weight: Parameter, optimizer: GradientOptimizer): Step =>
  (x) => {
    optimizer.zeroGrad()
    const loss = x.mul(weight).tanh().square().sum()
    loss.backward()
    optimizer.step()
    return loss
  }

describe.each<readonly [string, (weight: Parameter) => GradientOptimizer]>([
  ['SGD with momentum', (weight) => new SGD([weight], { lr: 0.1, momentum: 0.9 })],
  ['Adam', (weight) => new Adam([weight], { lr: 0.1 })],
  ['RMSprop', (weight) => new RMSprop([weight], { lr: 0.1 })],
  ['Adagrad', (weight) => new Adagrad([weight], { lr: 0.1 })],
])('the state of %s between compiled steps', (_, make) => {
  const train = (wrap: (step: Step) => Step): readonly unknown[] => {
    const weight = new Parameter([1, -2])
    const optimizer = make(weight)
    const step = wrap(stepOf(weight, optimizer))
    const states = [optimizer.stateDict()]
    const losses = [0.5, 1, 2, 1, 0.5, 3, 1, 2].map((value, count) => {
      if (count === 3) states.push(optimizer.stateDict())
      if (count === 5) optimizer.loadStateDict(states[0] ?? optimizer.stateDict())
      if (count === 7) optimizer.loadStateDict(states[1] ?? optimizer.stateDict())
      return numbers(step(tensor([value, 1])))
    })
    return [losses, numbers(weight)]
  }

  it('may be loaded, also one of before the first step', () => {
    expect(train(compile)).toEqual(train((step) => step))
  })

  it('follows the parameters to another device and back', async () => {
    const weight = new Parameter([1, -2])
    const other = new Parameter([1, -2])
    const step = compile(stepOf(weight, make(weight)))
    const eager = stepOf(other, make(other))
    try {
      for (const device of ['reference', 'wasm', 'reference'] as const) {
        await setDevice(device)
        for (const each of [weight, other]) each.assign(each.to(device))
        for (const value of [1, 2]) {
          const [found, expected] = [numbers(step(tensor([value, 1])))[0], numbers(eager(tensor([value, 1])))[0]]
          // float32, and the wasm device adds and rounds elsewhere in fused kernels.
          expect(found).toBeCloseTo(expected ?? NaN, 5)
        }
      }
    } finally {
      await setDevice('reference')
    }
  })
})

describe('the learning rate in compiled steps', () => {
  it('may be read: each rate makes a program', () => {
    const optimizer = new SGD([new Parameter([1])], { lr: 0.5 })
    const f = compile((x: Tensor) => x.mul(optimizer.lr))
    expect(numbers(f(ones([1])))).toEqual([0.5])
    optimizer.lr = 0.25
    expect(numbers(f(ones([1])))).toEqual([0.25])
    const rate = schedules.step(2, 1, { gamma: 0.5 })
    optimizer.lr = rate
    expect(numbers(f(ones([1])))).toEqual([2])
    rate.step()
    expect(numbers(f(ones([1])))).toEqual([1])
  })

  it('may not be set, since replays would not set it', () => {
    const optimizer = new SGD([new Parameter([1])], { lr: 0.5 })
    const f = compile(() => {
      optimizer.lr = 0.1
    })
    expect(f).toThrow(CaptureError)
    expect(f).toThrow(/lr set inside a captured function/)
    expect(optimizer.lr).toBe(0.5)
  })
})
