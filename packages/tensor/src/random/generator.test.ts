import { describe, expect, test } from 'vitest'
import { ArgumentError, Generator, manualSeed, rand, randint, randn, setDevice, type Tensor } from '../index.js'
import { defaultGenerator } from './generator.js'

const numbers = (x: Tensor): number[] => [...x.dataSync()]

describe('manualSeed', () => {
  test('the same seed gives the same bits', () => {
    const draw = (): number[][] => {
      manualSeed(7)
      return [
        numbers(rand([5])),
        numbers(randn([3, 2])),
        numbers(randint(0, 100, [9])),
        numbers(rand([2], { dtype: 'float64' })),
      ]
    }
    expect(draw()).toEqual(draw())
  })

  test('these bits', () => {
    manualSeed(0)
    // Philox-4x32-10 of key 0, counter 0 gives 6627e8d5 e169c58d bc57ac4c 9b00dbd8 (Random123's known answers).
    const words = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]
    expect(numbers(rand([4]))).toEqual(words.map((word) => (word >>> 8) / 2 ** 24))
  })

  test('other seeds give other numbers', () => {
    manualSeed(1)
    const first = numbers(rand([8]))
    manualSeed(2)
    expect(numbers(rand([8]))).not.toEqual(first)
  })

  test('later calls go on in the stream', () => {
    manualSeed(3)
    const first = numbers(rand([4]))
    expect(numbers(rand([4]))).not.toEqual(first)
    manualSeed(3)
    expect([...numbers(rand([4])), ...numbers(rand([4]))]).toEqual((manualSeed(3), numbers(rand([8]))))
  })

  test('large seeds reach both words of the key', () => {
    const draw = (seed: number): number[] => numbers(rand([8], { generator: new Generator(seed) }))
    expect(draw(2 ** 32)).not.toEqual(draw(0))
    expect(draw(2 ** 53 - 1)).not.toEqual(draw(2 ** 32 - 1))
  })

  test.each([-1, 0.5, 2 ** 53, Number.NaN])('refuses %s', (seed) => {
    expect(() => {
      manualSeed(seed)
    }).toThrow(ArgumentError)
    expect(() => new Generator(seed)).toThrow(`got ${seed}, expected a whole number in 0 … 2^53 − 1.`)
  })
})

describe('Generator', () => {
  test('streams do not disturb each other', () => {
    const alone = new Generator(5)
    const expected = [numbers(rand([3], { generator: alone })), numbers(rand([3], { generator: alone }))]
    const mine = new Generator(5)
    const other = new Generator(6)
    const first = numbers(rand([3], { generator: mine }))
    rand([7], { generator: other })
    rand([7])
    expect([first, numbers(rand([3], { generator: mine }))]).toEqual(expected)
  })

  test('its own draws leave the default stream alone', () => {
    manualSeed(9)
    const before = defaultGenerator.state
    rand([3], { generator: new Generator(1) })
    expect(defaultGenerator.state).toEqual(before)
  })

  test('goes on where its state was saved', () => {
    const generator = new Generator(11)
    rand([5], { generator })
    const { state } = generator
    const expected = numbers(randn([6], { generator }))
    const other = new Generator()
    other.state = JSON.parse(JSON.stringify(state)) as typeof state
    expect(numbers(randn([6], { generator: other }))).toEqual(expected)
    generator.state = state
    expect(numbers(randn([6], { generator }))).toEqual(expected)
  })

  test('counts the blocks that it used', () => {
    const generator = new Generator(1)
    rand([5], { generator })
    expect(generator.state).toEqual({ seed: 1, counter: 2 })
    rand([4], { generator, dtype: 'float64' })
    expect(generator.state.counter).toBe(4)
    rand([0], { generator })
    expect(generator.state.counter).toBe(4)
    generator.manualSeed(2)
    expect(generator.state).toEqual({ seed: 2, counter: 0 })
  })

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses a saved counter of %s', (counter) => {
    const generator = new Generator(1)
    expect(() => {
      generator.state = { seed: 2, counter }
    }).toThrow(ArgumentError)
    expect(generator.state).toEqual({ seed: 1, counter: 0 })
  })

  test('gives the same numbers whatever device is current', async () => {
    const first = numbers(rand([5], { generator: new Generator(4) }))
    await setDevice('reference')
    expect(numbers(rand([5], { generator: new Generator(4) }))).toEqual(first)
  })
})

describe('random numbers', () => {
  const size = 20_000
  const generator = new Generator(20261120)
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length

  test('rand is uniform on 0 ≤ x < 1', () => {
    const values = numbers(rand([size], { generator }))
    expect(values.every((x) => x >= 0 && x < 1)).toBe(true)
    // The mean of n uniform numbers has deviation 1/√(12 n) = 0.002; five of them.
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(0.0102)
    // χ² over 20 bins has mean 19 and deviation 6.2; 50 is five deviations.
    const bins = new Array<number>(20).fill(0)
    for (const x of values) bins[Math.floor(x * 20)] = (bins[Math.floor(x * 20)] ?? 0) + 1
    expect(bins.reduce((sum, count) => sum + (count - size / 20) ** 2 / (size / 20), 0)).toBeLessThan(50)
  })

  test('randn has mean 0, variance 1, and kurtosis 3', () => {
    const values = numbers(randn([size], { generator }))
    // Deviations 1/√n, √(2/n) and √(96/n); five of each.
    expect(Math.abs(mean(values))).toBeLessThan(5 / Math.sqrt(size))
    expect(Math.abs(mean(values.map((x) => x * x)) - 1)).toBeLessThan(5 * Math.sqrt(2 / size))
    expect(Math.abs(mean(values.map((x) => x ** 4)) - 3)).toBeLessThan(5 * Math.sqrt(96 / size))
  })

  test('randint gives every number from low to below high', () => {
    const values = numbers(randint(-2, 3, [1000], { generator }))
    expect([...new Set(values)].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2])
    expect(randint(0, 2, [3], { generator, dtype: 'float32' }).dtype).toBe('float32')
  })

  test.each([
    [() => randint(3, 3, [1]), 'randint: got 3 … 3, expected whole numbers with low < high, within int32.'],
    [() => randint(0, 2.5, [1]), 'randint: got 0 … 2.5'],
    [() => randint(0, 2 ** 31 + 1, [1]), 'within int32'],
    [() => rand([1], { dtype: 'int32' }), 'rand: got dtype int32, expected float32 or float64.'],
    [() => randn([-1]), 'expected whole numbers of at least 0'],
  ])('refuse what they cannot draw', (draw, message) => {
    expect(draw).toThrow(message)
  })

  test('a refused draw does not move the stream', () => {
    const mine = new Generator(1)
    expect(() => rand([-1], { generator: mine })).toThrow('rand: got shape [-1]')
    expect(mine.state.counter).toBe(0)
  })
})
