import { ArgumentError } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import * as layers from './index.js'

type Constructor = new (...given: unknown[]) => layers.Module

/** What each layer takes before its options, in plain JavaScript. */
const withOptions: Readonly<Record<string, readonly unknown[]>> = {
  AvgPool2d: [2],
  BatchNorm1d: [2],
  BatchNorm2d: [2],
  Conv1d: [1, 2, 3],
  Conv2d: [1, 2, 3],
  Embedding: [3, 2],
  Flatten: [],
  GELU: [],
  GRU: [2, 3],
  GroupNorm: [1, 2],
  LSTM: [2, 3],
  LayerNorm: [2],
  Linear: [3, 2],
  MaxPool2d: [2],
  MultiheadAttention: [4, 2],
  RMSNorm: [2],
  RNN: [2, 3],
  TransformerEncoderLayer: [4, 2],
}

/** The arguments of layers without options. */
const withoutOptions: Readonly<Record<string, readonly unknown[]>> = {
  Dropout: [0.5],
  ELU: [1],
  LeakyReLU: [0.1],
  LogSoftmax: [-1],
  ModuleList: [[]],
  ReLU: [],
  SiLU: [],
  Sigmoid: [],
  Softmax: [-1],
  Tanh: [],
}

/** Modules are their arguments. */
const taking = ['Sequential']
/** Bases of others. */
const abstract = ['BatchNorm', 'Module', 'Recurrent']

const constructorOf = (name: string): Constructor =>
  (layers as unknown as Readonly<Record<string, Constructor>>)[name] ?? expect.fail(name)

it('every exported layer has a row', () => {
  const isLayer = (value: unknown): boolean =>
    typeof value === 'function' && (value === layers.Module || value.prototype instanceof layers.Module)
  const exported = Object.entries(layers).flatMap(([name, value]) => (isLayer(value) ? [name] : []))
  const rows = [...Object.keys(withOptions), ...Object.keys(withoutOptions), ...taking, ...abstract]
  expect(rows.sort()).toEqual(exported.sort())
})

describe.each(Object.entries(withOptions))('%s', (name, needed) => {
  const make = (...more: unknown[]) => new (constructorOf(name))(...needed, ...more)

  it('takes options, or none', () => {
    expect([make(), make(undefined), make({})].every((layer) => layer instanceof layers.Module)).toBe(true)
  })

  it.each([
    ['text', 'x', `${name}: got 'x' as `],
    ['null', null, `${name}: got null as `],
    ['a list', [1, 2, 3, 4, 5], `${name}: got an array as `],
    [
      'an option that there is not',
      { innplace: true },
      `${name}: got the option innplace, expected an object with some of `,
    ],
  ])('refuses %s in the place of its options', (_, options, message) => {
    expect(() => make(options)).toThrow(ArgumentError)
    expect(() => make(options)).toThrow(message)
  })

  it('refuses arguments behind its options', () => {
    for (const options of [undefined, {}]) {
      expect(() => make(options, 7)).toThrow(ArgumentError)
      expect(() => make(options, 7)).toThrow(`${name}: got 7 as `)
    }
  })
})

describe.each(Object.entries(withoutOptions))('%s', (name, needed) => {
  it('refuses more arguments', () => {
    const make = (...more: unknown[]) => new (constructorOf(name))(...needed, ...more)
    expect(make()).toBeInstanceOf(layers.Module)
    expect(() => make(true)).toThrow(ArgumentError)
    expect(() => make(true)).toThrow(`${name}: got `)
  })
})

it.each<readonly [message: string, name: string, given: readonly unknown[]]>([
  [
    'Linear: got false as third argument, expected options such as { bias: false }. Write them by name.',
    'Linear',
    [3, 2, false],
  ],
  [
    'Conv2d: got 1 and 1 as fourth and fifth arguments, expected options such as { stride: 1, padding: 1 }.',
    'Conv2d',
    [1, 2, 3, 1, 1],
  ],
  ['MaxPool2d: got 2 as second argument, expected options such as { stride: 2 }.', 'MaxPool2d', [2, 2]],
  [
    "RNN: got 2 and 'relu' as third and fourth arguments, expected options such as { numLayers: 2, nonlinearity: 'relu' }.",
    'RNN',
    [3, 4, 2, 'relu'],
  ],
  ['Flatten: got 1 as first argument, expected options such as { startDim: 1 }.', 'Flatten', [1]],
  ["GELU: got 'tanh' as first argument, expected options such as { approximate: 'tanh' }.", 'GELU', ['tanh']],
  ['Linear: got 5 as fourth argument, expected nothing behind the options.', 'Linear', [3, 2, { bias: false }, 5]],
  [
    'Embedding: got the option padding_idx, expected an object with some of paddingIdx, device, dtype. Write paddingIdx.',
    'Embedding',
    [3, 2, { padding_idx: 0 }],
  ],
  ['ReLU: got true as first argument, expected none. Leave it out.', 'ReLU', [true]],
  ['Dropout: got true as second argument, expected 1 at most. Leave it out.', 'Dropout', [0.5, true]],
  ['Dropout: got p x, expected a probability', 'Dropout', ['x']],
  ['Dropout: got p 0.5, expected a probability', 'Dropout', ['0.5']],
  [
    'LeakyReLU: got object as negativeSlope, expected a number. Pass it by itself: new LeakyReLU(0.01).',
    'LeakyReLU',
    [{ negativeSlope: 0.2 }],
  ],
  ['Sequential: got an array as module 0, expected a module. Spread a list: ...modules.', 'Sequential', [[]]],
  [
    'ModuleList: got a ReLU, expected one list of modules. Write new ModuleList([…]).',
    'ModuleList',
    [new layers.ReLU()],
  ],
])('%s', (message, name, given) => {
  expect(() => new (constructorOf(name))(...given)).toThrow(ArgumentError)
  expect(() => new (constructorOf(name))(...given)).toThrow(message)
})

it('a class derived from a layer takes the arguments of its own constructor', () => {
  class Halves extends layers.Linear {
    readonly name: string

    constructor(size: number, name: string) {
      super(size, size / 2, { bias: false })
      this.name = name
    }
  }
  const halves = new Halves(4, 'halves')
  expect([halves.name, halves.weight.shape, halves.bias]).toEqual(['halves', [2, 4], undefined])
})
