import { compile } from '@chainrule/compiler'
import { linspace, manualSeed, ones, rand, scope, tensor, type Tensor, zeros } from '@chainrule/tensor'
import { crossEntropy } from '@chainrule/losses'
import { describe, expect, it } from 'vitest'
import { BatchNorm1d, Dropout, GRU, Linear, type Module, MultiheadAttention, Sequential, Tanh } from './index.js'

const numbers = (x: Tensor): readonly number[] => [...x.dataSync()]

describe('compiled layers', () => {
  it('are captured again when a module changes between training and evaluation', () => {
    const model = new Sequential(new Linear(4, 4), new Dropout(0.5))
    const run = compile((x: Tensor) => model.forward(x))
    const x = ones([8, 4])
    run(x)
    run(x)
    expect(run.stats().captures).toBe(1)
    model.eval()
    expect(numbers(run(x))).toEqual(numbers(model.forward(x)))
    expect(run.stats().captures).toBe(2)
    model.train()
    run(x)
    expect(run.stats().captures).toBe(2)
  })

  it('are captured again with the parameters that a conversion puts in place of the old ones', () => {
    const model = new Sequential(new Linear(4, 3), new BatchNorm1d(3))
    const gradients = (): (readonly number[])[] => model.parameters().map(({ grad }) => numbers(grad ?? ones([])))
    const step = (x: Tensor): Tensor => {
      model.zeroGrad()
      const loss = model
        .forward(x)
        .square()
        .mul(linspace(0, 1, 3, { dtype: x.dtype }))
        .sum()
      loss.backward()
      return loss
    }
    const compiled = compile(step, { keepGrads: true })
    const batch = linspace(-1, 1, 20).reshape([5, 4])
    compiled(batch)
    const old = model.parameters()
    model.to('float64')
    const x = batch.to('float64')
    const [loss, found] = [numbers(compiled(x)), gradients()]
    expect(model.parameters().every(({ grad }) => grad?.dtype === 'float64')).toBe(true)
    // What the model no longer holds is left alone.
    const left = old.map(({ grad }) => grad)
    expect([numbers(compiled(x)), gradients()]).toEqual([loss, found])
    expect(old.map(({ grad }) => grad)).toEqual(left)
    expect([numbers(step(x)), gradients()]).toEqual([loss, found])
    expect(compiled.stats().captures).toBe(2)
    model.to('float32')
    expect([...compiled(batch).dataSync()]).toEqual([...step(batch).dataSync()])
    expect(compiled.stats().captures).toBe(3)
  })

  it('are captured again after a conversion, also where the arguments stay what they are', () => {
    const layer = new Linear(2, 2)
    const total = compile(() => layer.weight.sum())
    const before = total()
    layer.to('float64')
    const after = total()
    expect([before.dtype, after.dtype, total.stats().captures]).toEqual(['float32', 'float64', 2])
    // A conversion to what it is changes nothing.
    layer.to('float64')
    total()
    expect(total.stats().captures).toBe(2)
    layer.weight.assign(zeros([2, 2], { dtype: 'float64' }))
    expect(numbers(total())).toEqual([0])
  })

  it('drop what eager layers drop, other elements at every replay', () => {
    const layer = new Dropout(0.5)
    const x = ones([64])
    const eager = (): readonly number[] => numbers(layer.forward(x))
    manualSeed(8)
    const expected = [eager(), eager(), eager()]
    const run = compile((input: Tensor) => layer.forward(input))
    manualSeed(8)
    expect([numbers(run(x)), numbers(run(x)), numbers(run(x))]).toEqual(expected)
    expect(run.stats().captures).toBe(1)
  })

  it('keep running statistics as eager layers do', () => {
    const [eager, compiled] = [new BatchNorm1d(3), new BatchNorm1d(3)]
    const run = compile((x: Tensor) => compiled.forward(x))
    manualSeed(9)
    for (let step = 0; step < 4; step++) {
      const x = rand([5, 3])
      expect(numbers(run(x))).toEqual(numbers(eager.forward(x)))
    }
    const [expected, found] = [eager.stateDict(), compiled.stateDict()]
    for (const [name, value] of Object.entries(expected))
      expect(numbers(found[name] ?? ones([]))).toEqual(numbers(value))
    expect(found['num_batches_tracked']?.dataSync()[0]).toBe(4)
  })

  it.each<[string, () => Module, (module: never, x: Tensor) => Tensor, readonly number[]]>([
    ['Linear', () => new Linear(4, 3), (module: Linear, x) => module.forward(x), [6, 4]],
    ['GRU', () => new GRU(4, 3), (module: GRU, x) => module.forward(x).state.select(0, -1), [5, 6, 4]],
    [
      'MultiheadAttention',
      () => new MultiheadAttention(4, 2, { batchFirst: true }),
      (module: MultiheadAttention, x) => module.forward(x).output.mean(1),
      [6, 2, 4],
    ],
  ])('%s has the same loss and gradients compiled and eager', (_, make, forward, shape) => {
    manualSeed(10)
    const module = make()
    const x = rand(shape)
    const target = tensor([0, 1, 2, 1, 0, 2], { dtype: 'int32' })
    const step = (input: Tensor, classes: Tensor): Tensor => {
      const loss = crossEntropy(forward(module as never, input), classes)
      loss.backward()
      return loss
    }
    const eager = scope(() => step(x, target))
    const gradients = module.parameters().map(({ grad }) => numbers(grad ?? ones([])))
    module.zeroGrad()
    const run = compile(step, { keepGrads: true })
    expect(numbers(run(x, target))).toEqual(numbers(eager))
    expect(module.parameters().map(({ grad }) => numbers(grad ?? ones([])))).toEqual(gradients)
  })

  it('of a model that is loaded anew use what was loaded', () => {
    const model = new Sequential(new Linear(2, 2), new Tanh())
    const other = new Sequential(new Linear(2, 2), new Tanh())
    const run = compile((x: Tensor) => model.forward(x))
    const x = ones([1, 2])
    run(x)
    model.loadStateDict(other.stateDict())
    expect(numbers(run(x))).toEqual(numbers(other.forward(x)))
    expect(run.stats().captures).toBe(1)
  })
})
