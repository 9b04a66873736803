import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  conv2d,
  DisposedError,
  layerNorm,
  matmul,
  memory,
  ones,
  rand,
  relu,
  scope,
  softmax,
  sort,
  sum,
  tensor,
  Variable,
  zeros,
} from './index.js'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('dispose', () => {
  test('gives handle and bytes back', () => {
    const { tensors, bytes } = memory()
    const x = zeros([10, 10])
    expect(memory()).toMatchObject({ tensors: tensors + 1, bytes: bytes + 400 })
    x.dispose()
    expect(memory()).toMatchObject({ tensors, bytes })
    expect(x.isDisposed).toBe(true)
  })

  test('twice is harmless', () => {
    const { tensors, bytes } = memory()
    const x = zeros([10])
    x.dispose()
    x.dispose()
    expect(memory()).toMatchObject({ tensors, bytes })
  })

  test('happens at the end of a block with using', () => {
    const { tensors } = memory()
    let outside
    {
      using x = zeros([2])
      using y = x.add(1)
      expect(memory().tensors).toBe(tensors + 2)
      outside = y
    }
    expect(outside.isDisposed).toBe(true)
    expect(memory().tensors).toBe(tensors)
  })

  test.each<readonly [name: string, use: (x: ReturnType<typeof zeros>) => unknown]>([
    ['add', (x) => x.add(1)],
    ['matmul', (x) => matmul(zeros([1, 2]), x)],
    ['reshape', (x) => x.reshape([1, 2])],
    ['dataSync', (x) => x.dataSync()],
    ['sum', (x) => x.sum()],
    ['Variable', (x) => new Variable(x)],
  ])('%s refuses a disposed tensor', (name, use) => {
    const x = zeros([2, 1])
    x.dispose()
    expect(() => use(x)).toThrow(DisposedError)
    expect(() => use(x)).toThrow(
      `${name}: got a disposed tensor of shape [2, 1], expected a live one. Return it from its scope, or dispose() later.`,
    )
  })

  test('refuses promises of reads too', async () => {
    const x = zeros([1])
    x.dispose()
    await expect(x.data()).rejects.toThrow('data: got a disposed tensor of shape [1]')
    await expect(x.item()).rejects.toThrow(DisposedError)
    await expect(x.toArray()).rejects.toThrow(DisposedError)
  })
})

describe('memory', () => {
  test('remembers the peak', () => {
    const before = memory().peakBytes
    scope(() => void zeros([1000, 1000]).add(1))
    const { bytes, peakBytes } = memory()
    expect(peakBytes).toBeGreaterThanOrEqual(before)
    expect(peakBytes).toBeGreaterThanOrEqual(bytes + 8_000_000)
  })

  test('counts the memory of views once', () => {
    const { bytes } = memory()
    const x = zeros([10])
    const views = [x.reshape([2, 5]), x.slice([1], [3]), x.flip(0)]
    expect(memory().bytes).toBe(bytes + 40)
    for (const view of [x, ...views]) view.dispose()
  })

  test('does not count temporaries of an op that has run', () => {
    const x = rand([4, 6])
    const { bytes } = memory()
    const sorted = sort(x.transpose(0, 1), { axis: 0 })
    expect(memory().bytes).toBe(bytes + 4 * 24 + 4 * 24)
    for (const made of [x, sorted.values, sorted.indices]) made.dispose()
  })

  test('is flat over ten thousand ops in scopes', () => {
    const weight = new Variable(rand([4, 4]))
    const image = rand([1, 2, 5, 5])
    const taps = rand([2, 2, 3, 3])
    const step = (): void => {
      scope(() => {
        const x = rand([3, 4])
        const hidden = relu(layerNorm(matmul(x, weight), 4).add(0.1))
        const { values } = sort(softmax(hidden, -1))
        conv2d(image, taps, { padding: 1 }).max([2, 3]).sum()
        weight.assign(weight.mul(0.99).add(sum(values).mul(0.01)))
      })
    }
    step()
    const { tensors, bytes, peakBytes } = memory()
    let ops = 0
    for (; ops < 10_000; ops += 14) step()
    expect(memory()).toEqual({ tensors, bytes, peakBytes })
  })

  test('is flat over failing ops', () => {
    const x = ones([2, 3])
    const index = tensor([5], { dtype: 'int32' })
    const { tensors, bytes } = memory()
    for (let turn = 0; turn < 100; turn++) {
      expect(() => matmul(x, x)).toThrow('matmul')
      expect(() => x.indexSelect(0, index)).toThrow('5')
      expect(() => x.add(ones([4]))).toThrow('add')
    }
    expect(memory().bytes - bytes).toBe(100 * 16)
    expect(memory().tensors - tensors).toBe(100)
  })
})
