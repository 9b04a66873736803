import { noGrad, Parameter } from '@chainrule/autograd'
import {
  GradientError,
  memory,
  ones,
  scope,
  StateDictError,
  tensor,
  type Tensor,
  Variable,
  withRecorder,
  zeros,
} from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { BatchNorm1d, Dropout, Linear, LSTM, Module, ModuleList, ReLU, Sequential } from '../index.js'

const names = (module: Module): readonly string[] => Object.keys(module.stateDict())

class Network extends Module {
  readonly scale = new Parameter([2])
  readonly firstLayer = new Linear(2, 3)
  readonly blocks = [new Linear(3, 3), new Linear(3, 3)]
  readonly heads = { mean: new Linear(3, 1), logVariance: new Linear(3, 1) }
  readonly list = new ModuleList([new Linear(1, 1)])
  readonly W = new Parameter([[1]])
  readonly meanSoFar = new Variable(tensor([0]))
  readonly constant = tensor([1])
  readonly #hidden = new Linear(1, 1)

  forward(x: Tensor): Tensor {
    return this.#hidden.forward(x)
  }
}

describe('the state of a module', () => {
  it('is found in its properties, named as PyTorch names it', () => {
    expect(names(new Network())).toEqual([
      'scale',
      'W',
      'mean_so_far',
      'first_layer.weight',
      'first_layer.bias',
      'blocks.0.weight',
      'blocks.0.bias',
      'blocks.1.weight',
      'blocks.1.bias',
      'heads.mean.weight',
      'heads.mean.bias',
      'heads.logVariance.weight',
      'heads.logVariance.bias',
      'list.0.weight',
      'list.0.bias',
    ])
  })

  it('is parameters, and buffers that collect no gradient', () => {
    const network = new Network()
    expect(network.buffers()).toEqual([network.meanSoFar])
    expect(network.namedBuffers().map(([name]) => name)).toEqual(['mean_so_far'])
    expect(network.namedParameters().map(([name]) => name)).not.toContain('mean_so_far')
    expect(network.parameters()).toHaveLength(14)
  })

  it('counts a shared parameter once, and names it twice', () => {
    const first = new Linear(2, 2)
    const second = new Linear(2, 2)
    Object.assign(second, { weight: first.weight })
    const model = new Sequential(first, second)
    expect(model.parameters()).toHaveLength(3)
    expect(names(model)).toEqual(['0.weight', '0.bias', '1.weight', '1.bias'])
  })

  it('of a module that holds itself is found once', () => {
    const model = new Sequential(new Linear(1, 1))
    Object.assign(model[0] ?? {}, { parent: model })
    expect(names(model)).toEqual(['0.weight', '0.bias'])
    expect(model.modules()).toHaveLength(2)
  })

  it('needs names that differ', () => {
    const layer = new Linear(1, 1)
    Object.assign(layer, { firstPart: new Parameter([1]), first_part: new Parameter([1]) })
    expect(() => layer.stateDict()).toThrow(StateDictError)
    expect(() => layer.stateDict()).toThrow(/'firstPart' and 'first_part', which are both 'first_part'/)
  })
})

describe('modules inside modules', () => {
  it('are listed with their names', () => {
    const network = new Network()
    expect(network.namedModules().map(([name, module]) => `${name}: ${module.constructor.name}`)).toEqual([
      ': Network',
      'first_layer: Linear',
      'blocks.0: Linear',
      'blocks.1: Linear',
      'heads.mean: Linear',
      'heads.logVariance: Linear',
      'list: ModuleList',
      'list.0: Linear',
    ])
    expect(network.namedChildren().map(([name]) => name)).toEqual([
      'first_layer',
      'blocks.0',
      'blocks.1',
      'heads.mean',
      'heads.logVariance',
      'list',
    ])
    expect(network.children()[0]).toBe(network.firstLayer)
  })

  it('are children of every module that holds them', () => {
    const shared = new Linear(1, 1)
    const model = new Sequential(new Sequential(shared), shared)
    expect(model.children()).toEqual([model[0], shared])
    expect(model.modules()).toHaveLength(3)
  })
})

describe('a state dict', () => {
  it('is a snapshot that later steps leave alone', () => {
    const layer = new Linear(2, 2)
    const before = layer.stateDict()
    const numbers = [...(before['weight']?.dataSync() ?? [])]
    layer.weight.assign(layer.weight.detach().mul(3))
    expect([...(before['weight']?.dataSync() ?? [])]).toEqual(numbers)
    layer.loadStateDict(before)
    expect([...layer.weight.dataSync()]).toEqual(numbers)
  })

  it('copies nothing and has no graph', () => {
    const layer = new Linear(64, 64)
    const before = memory().bytes
    const dict = layer.stateDict()
    expect(memory().bytes).toBe(before)
    expect(Object.values(dict).some(({ requiresGrad }) => requiresGrad)).toBe(false)
  })

  it('moves the state to another module, and the results with it', () => {
    const make = (): Sequential => new Sequential(new Linear(3, 4), new BatchNorm1d(4), new ReLU(), new Linear(4, 2))
    const first = make()
    first.forward(
      tensor([
        [1, 2, 3],
        [3, 2, 1],
        [0, 1, 0],
      ]),
    )
    const second = make()
    expect(second.loadStateDict(first.stateDict())).toEqual({ missing: [], unexpected: [] })
    const x = ones([2, 3])
    expect([...second.eval().forward(x).dataSync()]).toEqual([...first.eval().forward(x).dataSync()])
  })

  it('that does not fit names every difference at once, and changes nothing', () => {
    const layer = new BatchNorm1d(2)
    const before = layer.stateDict()
    const wrong = {
      weight: ones([3]),
      running_mean: tensor(new Float64Array(2)),
      running_var: [1, 1] as unknown as Tensor,
      num_batches_tracked: tensor(7, { dtype: 'int32' }),
      surplus: ones([1]),
    }
    expect(() => layer.loadStateDict(wrong)).toThrow(StateDictError)
    expect(() => layer.loadStateDict(wrong)).toThrow(
      [
        'loadStateDict: got a state dict that does not fit BatchNorm1d:',
        '  bias: got nothing, expected float32 [2]',
        '  surplus: got an entry, expected none',
        '  weight: got float32 [3], expected float32 [2]',
        '  running_mean: got float64 [2], expected float32 [2]',
        '  running_var: got an array, expected a tensor, float32 [2]',
        'Nothing was loaded.',
      ].join('\n'),
    )
    const after = layer.stateDict()
    for (const [name, value] of Object.entries(before)) {
      expect([...(after[name]?.dataSync() ?? [])]).toEqual([...value.dataSync()])
    }
  })

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [new Map(), 'a Map'],
  ])('is an object, not %s', (dict, got) => {
    expect(() => new Linear(1, 1).loadStateDict(dict as never)).toThrow(`loadStateDict: got ${got}, expected an object`)
  })

  it('of a disposed tensor is refused', () => {
    const layer = new Linear(1, 1, { bias: false })
    const weight = ones([1, 1])
    weight.dispose()
    expect(() => layer.loadStateDict({ weight })).toThrow(/weight: got a disposed tensor/)
  })

  it('may lack names and have others where asked, but no other shapes', () => {
    const layer = new Linear(1, 1)
    const loaded = layer.loadStateDict({ weight: tensor([[7]]), other: ones([1]) }, { strict: false })
    expect(loaded).toEqual({ missing: ['bias'], unexpected: ['other'] })
    expect(layer.weight.dataSync()[0]).toBe(7)
    expect(() => layer.loadStateDict({ weight: ones([2]) }, { strict: false })).toThrow(/weight: got float32 \[2\]/)
  })

  it('takes part of a larger tensor', () => {
    const layer = new Linear(2, 1, { bias: false })
    const table = tensor([
      [1, 2],
      [3, 4],
    ])
    layer.loadStateDict({ weight: table.narrow(0, 1, 1) })
    expect([...layer.weight.dataSync()]).toEqual([3, 4])
  })

  it('gives recurrent layers PyTorch’s names', () => {
    const layer = new LSTM(2, 3, { numLayers: 2, bidirectional: true })
    expect(names(layer)).toContain('weight_ih_l1_reverse')
    expect(layer.weightIhL1Reverse?.shape).toEqual([12, 6])
  })
})

describe('training and evaluation', () => {
  it('reach every module', () => {
    const model = new Sequential(new Dropout(), new Sequential(new Dropout()))
    expect(model.modules().map(({ training }) => training)).toEqual([true, true, true, true])
    expect(model.eval()).toBe(model)
    expect(model.modules().map(({ training }) => training)).toEqual([false, false, false, false])
    model.train()
    expect(model[1]?.training).toBe(true)
  })

  it('are a guard, so that programs are captured for each', () => {
    const seen: unknown[] = []
    const guard = (key: string, value: unknown, read: () => unknown) => {
      seen.push([key, value, read()])
    }
    const layer = new Dropout(0.5).eval()
    const x = ones([2])
    withRecorder({ kind: 'observer', op: () => undefined, guard }, () => layer.forward(x))
    expect(seen).toEqual([['Dropout.training', false, false]])
  })
})

describe('converting a module', () => {
  it('gives floating state another dtype and leaves whole numbers', () => {
    const model = new Sequential(new Linear(2, 2), new BatchNorm1d(2)).to('float64')
    expect(Object.fromEntries(Object.entries(model.stateDict()).map(([name, { dtype }]) => [name, dtype]))).toEqual({
      '0.weight': 'float64',
      '0.bias': 'float64',
      '1.weight': 'float64',
      '1.bias': 'float64',
      '1.running_mean': 'float64',
      '1.running_var': 'float64',
      '1.num_batches_tracked': 'int32',
    })
    expect(model.forward(tensor(new Float64Array([1, 2, 3, 5]), { shape: [2, 2] })).dtype).toBe('float64')
  })

  it('keeps values, gradients, frozen parameters and sharing', () => {
    const first = new Linear(1, 1)
    const second = new Linear(1, 1, { bias: false })
    Object.assign(second, { weight: first.weight })
    first.loadStateDict({ weight: tensor([[3]]), bias: tensor([1]) })
    first.weight.grad = tensor([[5]])
    if (first.bias !== undefined) first.bias.requiresGrad = false
    new Sequential(first, second).to('float64')
    expect(first.weight).toBe(second.weight)
    expect([first.weight.dataSync()[0], first.weight.grad?.dataSync()[0], first.weight.grad?.dtype]).toEqual([
      3,
      5,
      'float64',
    ])
    expect(first.bias?.requiresGrad).toBe(false)
  })

  it('to a device keeps the parameters', () => {
    const layer = new Linear(1, 1)
    const { weight } = layer
    expect(layer.to('reference')).toBe(layer)
    expect(layer.weight).toBe(weight)
  })

  it('to anything else is refused', () => {
    expect(() => new Linear(1, 1).to('int32')).toThrow(/to: got 'int32', expected a floating dtype/)
    expect(() => new Linear(1, 1).to('gpu')).toThrow(/or a device/)
  })

  it('that fails changes nothing', () => {
    const layer = new Linear(2, 2)
    // The CPU devices do not have float16.
    expect(() => layer.to('float16')).toThrow(/float16/)
    expect([layer.weight.dtype, layer.bias?.dtype]).toEqual(['float32', 'float32'])
  })
})

describe('gradients', () => {
  it('are forgotten together', () => {
    const model = new Sequential(new Linear(2, 2), new Linear(2, 1))
    model
      .forward(ones([1, 2]))
      .sum()
      .backward()
    expect(model.parameters().every(({ grad }) => grad !== undefined)).toBe(true)
    model.zeroGrad()
    expect(model.parameters().every(({ grad }) => grad === undefined)).toBe(true)
  })

  it('do not flow where none are recorded', () => {
    expect(() => noGrad(() => new Linear(1, 1).forward(ones([1]))).backward()).toThrow(GradientError)
  })
})

describe('making modules', () => {
  it('inside a scope keeps them alive after it', () => {
    const layer = scope(() => new Linear(2, 2))
    expect(layer.forward(zeros([1, 2])).shape).toEqual([1, 2])
  })

  it('holds the memory of the state and nothing else', () => {
    const before = memory()
    const layer = new Linear(8, 8)
    expect(memory().bytes - before.bytes).toBe((8 * 8 + 8) * 4)
    expect(memory().tensors - before.tensors).toBe(layer.parameters().length)
  })
})
