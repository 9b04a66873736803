import { inspect } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { arange, formatTensor, full, ones, reshape, tensor, zeros } from './index.js'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('text of a tensor', () => {
  test('shows values and dtype', () => {
    expect(String(tensor(2.5))).toBe('tensor(2.5, float32)')
    expect(String(tensor([1, -2, 3]))).toBe('tensor([1, -2, 3], float32)')
    expect(String(tensor([true, false]))).toBe('tensor([true, false], bool)')
    expect(String(arange(3))).toBe('tensor([0, 1, 2], int32)')
  })

  test('puts rows under each other, columns aligned', () => {
    expect(
      String(
        tensor([
          [1, 20],
          [-3, 4.5],
        ]),
      ),
    ).toBe('tensor([[  1,  20],\n        [ -3, 4.5]], float32)')
  })

  test('sets blocks of higher rank apart', () => {
    expect(String(reshape(arange(8), [2, 2, 2]))).toBe(
      'tensor([[[0, 1],\n         [2, 3]],\n\n        [[4, 5],\n         [6, 7]]], int32)',
    )
  })

  test('rounds to five digits, keeps the names of extremes', () => {
    expect(String(tensor([1 / 3]))).toBe('tensor([0.33333], float32)')
    expect(String(tensor([1e-10]))).toBe('tensor([1e-10], float32)')
    expect(String(tensor([Number.NaN, Infinity, -Infinity]))).toBe('tensor([NaN, Infinity, -Infinity], float32)')
    expect(String(tensor([-0]))).toBe('tensor([-0], float32)')
    expect(String(tensor([123456789], { dtype: 'int32' }))).toBe('tensor([123456789], int32)')
  })

  test('shows the shape where there is nothing to see', () => {
    expect(String(zeros([2, 0, 3]))).toBe('tensor(shape [2, 0, 3], float32)')
    const gone = ones([2])
    gone.dispose()
    expect(String(gone)).toBe('tensor(shape [2], float32)')
  })

  test('shows the ends of long axes and the shape', () => {
    expect(String(arange(2000))).toBe('tensor([0, 1, 2, …, 1997, 1998, 1999], shape [2000], int32)')
    expect(String(full([40, 40], 7))).toBe(
      `tensor([${Array.from({ length: 7 }, (_, row) => (row === 3 ? '…' : '[7, 7, 7, …, 7, 7, 7]')).join(',\n        ')}], shape [40, 40], float32)`,
    )
    expect(String(arange(1000)).includes('…')).toBe(false)
  })

  test('shows a view as it is seen', () => {
    expect(String(reshape(arange(4), [2, 2]).transpose(0, 1).flip(0))).toBe('tensor([[1, 3],\n        [0, 2]], int32)')
  })

  test('works without values, for devices that cannot be read at once', () => {
    expect(formatTensor({ shape: [2, 3], dtype: 'float32' }, undefined)).toBe('tensor(shape [2, 3], float32)')
  })

  test('is what console.log and print show', async () => {
    const x = tensor([1, 2])
    expect(inspect(x)).toBe('tensor([1, 2], float32)')
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    await x.print()
    expect(log).toHaveBeenCalledWith('tensor([1, 2], float32)')
  })
})
