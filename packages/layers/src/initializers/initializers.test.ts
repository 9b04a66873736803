import { Parameter } from '@chainrule/autograd'
import { Generator, manualSeed, memory, scope, Tensor, tensor } from '@chainrule/tensor'
import { beforeEach, describe, expect, it } from 'vitest'
import { readGolden } from '../golden.fixture.js'
import * as layers from '../index.js'
import { initializers, type Module } from '../index.js'
import { type Distribution, expectDistribution, expectOrthogonal } from './distribution.fixture.js'

interface GoldenInitializer {
  readonly initializer: string
  readonly shape: readonly number[]
  readonly options: object
  readonly expected: Distribution
}

interface GoldenState {
  readonly layer: string
  readonly name: string
  readonly constructorArguments: readonly unknown[]
  readonly shapes: Readonly<Record<string, readonly number[]>>
  readonly state: Readonly<Record<string, Distribution>>
}

const golden = readGolden('initializers.json') as readonly (GoldenInitializer | GoldenState)[]
const functions = golden.filter((each) => 'initializer' in each)
const states = golden.filter((each) => 'layer' in each)

/** Enough to tell √2 from 1.4, few enough to be quick. */
const wanted = 2000

beforeEach(() => {
  manualSeed(12)
})

const numbersOf = (value: Tensor): readonly number[] => [...value.dataSync()]

describe('initializers have the distributions of PyTorch’s', () => {
  const title = ({ initializer, shape, options }: GoldenInitializer): string =>
    `${initializer} [${shape.join(', ')}] ${JSON.stringify(options)}`

  it.each(functions.map((each) => [title(each), each] as const))(
    '%s',
    (_, { initializer, shape, options, expected }) => {
      const make = initializers[initializer as 'uniform'] as (shape: readonly number[], options: object) => Tensor
      scope(() => {
        if (expected.distribution === 'orthogonal') {
          expectOrthogonal(make(shape, options), expected)
          return
        }
        const first = make(shape, options)
        expect(first.shape).toEqual(shape)
        const draws = Math.ceil(wanted / first.size)
        const samples = Array.from({ length: draws }, () => numbersOf(make(shape, options))).flat()
        expectDistribution(samples, expected)
      })
    },
  )

  it('uniform and normal take bounds, mean and standard deviation', () => {
    const samples = numbersOf(initializers.uniform([wanted], { a: -2, b: 5 }))
    expectDistribution(samples, { distribution: 'uniform', low: -2, high: 5 })
    expectDistribution(numbersOf(initializers.uniform([wanted])), { distribution: 'uniform', low: 0, high: 1 })
    const normal = numbersOf(initializers.normal([wanted], { mean: 3, std: 0.5 }))
    expectDistribution(normal, { distribution: 'normal', mean: 3, std: 0.5 })
    expectDistribution(numbersOf(initializers.normal([wanted])), { distribution: 'normal', mean: 0, std: 1 })
  })

  it('constant, zeros and ones hold one number', () => {
    expect(numbersOf(initializers.constant([2], 7))).toEqual([7, 7])
    expect(numbersOf(initializers.zeros([2]))).toEqual([0, 0])
    expect(numbersOf(initializers.ones([2], { dtype: 'float64' }))).toEqual([1, 1])
  })
})

describe('layers begin with the distributions of PyTorch’s', () => {
  it.each(states.map((each) => [each.name, each] as const))(
    '%s',
    (_, { layer, constructorArguments, shapes, state }) => {
      const Layer = (layers as unknown as Record<string, new (...args: readonly unknown[]) => Module>)[layer]
      if (Layer === undefined) throw new Error(`no layer ${layer}`)
      const dicts = Array.from({ length: 200 }, () => new Layer(...constructorArguments).stateDict())
      const [first = {}] = dicts
      expect(Object.fromEntries(Object.entries(first).map(([name, { shape }]) => [name, shape]))).toEqual(shapes)
      for (const [name, expected] of Object.entries(state)) {
        expectDistribution(
          dicts.flatMap((dict) => numbersOf(dict[name] as Tensor)),
          expected,
        )
      }
    },
  )

  it('the row of padding begins as zeros', () => {
    const { weight } = new layers.Embedding(3, 2, { paddingIdx: -2 })
    const numbers = numbersOf(weight)
    expect(numbers.slice(2, 4)).toEqual([0, 0])
    expect(numbers.filter((number) => number === 0)).toHaveLength(2)
  })
})

describe('what is filled', () => {
  it('is a parameter, which is assigned and returned', () => {
    const parameter = new Parameter([[0, 0]])
    expect(initializers.xavierUniform(parameter, { gain: 2 })).toBe(parameter)
    expect(numbersOf(parameter).every((number) => number !== 0)).toBe(true)
    expect(parameter.requiresGrad).toBe(true)
  })

  it('keeps the dtype of the parameter', () => {
    const parameter = new Parameter(tensor(new Float64Array(4), { shape: [2, 2] }))
    expect(initializers.orthogonal(parameter).dtype).toBe('float64')
  })

  it('is a new tensor for a shape', () => {
    const made = initializers.kaimingNormal([2, 3], { dtype: 'float64' })
    expect(made).toBeInstanceOf(Tensor)
    expect([made.shape, made.dtype]).toEqual([[2, 3], 'float64'])
  })

  it('follows the seed, or a generator of its own', () => {
    const draw = (): readonly number[] => numbersOf(initializers.normal([3]))
    manualSeed(5)
    const first = draw()
    expect(draw()).not.toEqual(first)
    manualSeed(5)
    expect(draw()).toEqual(first)
    const own = (): readonly number[] => numbersOf(initializers.orthogonal([3, 3], { generator: new Generator(1) }))
    expect(own()).toEqual(own())
  })

  it('leaves nothing behind', () => {
    const parameter = new Parameter([
      [1, 2],
      [3, 4],
    ])
    const before = memory().bytes
    initializers.xavierNormal(parameter)
    expect(memory().bytes).toBe(before)
  })
})

describe('what cannot be filled', () => {
  it('is refused', () => {
    expect(() => initializers.xavierUniform([3])).toThrow(/xavierUniform: got shape \[3\], expected at least two axes/)
    expect(() => initializers.orthogonal([3])).toThrow(/orthogonal: got shape \[3\]/)
    expect(() => initializers.uniform('weight' as never)).toThrow(/uniform: got string, expected a parameter/)
    expect(() => initializers.kaimingUniform([2, 2], { nonlinearity: 'gelu' as never })).toThrow(
      /expected one of linear/,
    )
    expect(() => initializers.kaimingUniform([2, 2], { mode: 'fan_in' as never })).toThrow(
      /expected 'fanIn' or 'fanOut'/,
    )
  })
})
