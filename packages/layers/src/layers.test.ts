import { memory, ones, scope, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import {
  BatchNorm1d,
  Conv1d,
  Conv2d,
  Dropout,
  GELU,
  GroupNorm,
  LayerNorm,
  Linear,
  type Module,
  RMSNorm,
  Softmax,
  TransformerEncoderLayer,
} from './index.js'
import { kernelsOf } from './kernels.fixture.js'

describe('layers run few kernels', () => {
  it.each<[string, () => Module & { forward(x: Tensor): unknown }, readonly number[], readonly string[]]>([
    ['Linear', () => new Linear(4, 3), [2, 4], ['linear']],
    ['LayerNorm', () => new LayerNorm(4), [2, 4], ['normalize', 'scaleAndShift']],
    ['RMSNorm', () => new RMSNorm(4), [2, 4], ['rmsNormalize', 'mul']],
    ['GroupNorm', () => new GroupNorm(2, 4), [2, 4], ['normalize', 'scaleAndShift']],
    ['BatchNorm1d', () => new BatchNorm1d(4), [3, 4], ['normalize', 'scaleAndShift', 'add', 'batchStatistics']],
    ['BatchNorm1d in evaluation', () => new BatchNorm1d(4).eval(), [3, 4], ['standardize', 'scaleAndShift']],
    ['Dropout', () => new Dropout(), [3, 4], ['random', 'dropout']],
    ['Dropout in evaluation', () => new Dropout().eval(), [3, 4], []],
  ])('%s', (_, make, shape, kernels) => {
    const layer = make()
    const x = ones(shape)
    expect(kernelsOf(() => layer.forward(x))).toEqual(kernels)
  })
})

describe('layers refuse arguments and inputs that do not fit', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['Linear', () => new Linear(0, 2), /Linear: got inFeatures 0, expected a whole number of at least 1/],
    ['Linear', () => new Linear(2, 1.5), /Linear: got outFeatures 1.5/],
    ['Linear', () => new Linear(3, 2).forward(ones([1, 4])), /linear: .*Check the previous layer's outFeatures/],
    ['Conv1d', () => new Conv1d(2, 2, 0), /Conv1d: got kernelSize 0/],
    ['Conv2d', () => new Conv2d(3, 4, 3, { groups: 2 }), /Conv2d: got 3 and 4 channels in 2 groups/],
    ['Conv2d', () => new Conv2d(3, 4, 3).forward(ones([1, 1, 8, 8])), /Check the previous layer's outChannels/],
    ['LayerNorm', () => new LayerNorm([]), /LayerNorm: got no size/],
    ['LayerNorm', () => new LayerNorm(3).forward(ones([2, 4])), /layerNorm: .*Check normalizedShape/],
    ['RMSNorm', () => new RMSNorm(3).forward(ones([2, 4])), /RMSNorm: .*Check normalizedShape/],
    ['GroupNorm', () => new GroupNorm(2, 3), /GroupNorm: got 3 channels in 2 groups/],
    ['GroupNorm', () => new GroupNorm(1, 3).forward(ones([2, 4])), /GroupNorm: .*expected \[N, 3, \.\.\.\]/],
    ['Softmax', () => new Softmax(undefined as unknown as number), /Softmax: got axis undefined/],
    ['GELU', () => new GELU({ approximate: 'erf' as never }), /GELU: got approximate 'erf'/],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})

describe('memory', () => {
  it('is given back by a scope around a step', () => {
    const layer = new TransformerEncoderLayer(8, 2, { dimFeedforward: 16 })
    const x = ones([4, 2, 8])
    const run = () => {
      scope(() => {
        layer.forward(x).sum().backward()
      })
    }
    run()
    const before = memory()
    run()
    run()
    expect([memory().bytes, memory().tensors]).toEqual([before.bytes, before.tensors])
  })
})
