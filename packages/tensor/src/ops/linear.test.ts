import { describe, expect, it } from 'vitest'
import { arange, linear, matmul, type OpEvent, type Tensor, transpose, withRecorder } from '../index.js'

const opsOf = (run: () => unknown): string[] => {
  const seen: string[] = []
  withRecorder({ kind: 'observer', op: ({ op }: OpEvent) => void seen.push(op) }, run)
  return seen
}

const numbers = (shape: readonly number[]): Tensor =>
  arange(shape.reduce((product, size) => product * size, 1))
    .to('float64')
    .reshape(shape)

describe('linear without a bias', () => {
  it('multiplies all leading axes at once, as one matrix', () => {
    const x = numbers([2, 3, 4])
    const weight = numbers([5, 4])
    const y = linear(x, weight)
    expect(y.shape).toEqual([2, 3, 5])
    expect([...y.dataSync()]).toEqual([...matmul(x, transpose(weight, 0, 1)).dataSync()])
    expect(opsOf(() => linear(x, weight))).toEqual(['reshape', 'permute', 'matmul', 'reshape'])
  })

  it('names the sizes that do not fit', () => {
    expect(() => linear(numbers([2, 3]), numbers([5, 4]))).toThrow(
      /linear: got an input of \[2, 3\] and a weight of \[5, 4\].*3 ≠ 4/,
    )
  })

  it('takes a vector', () => {
    expect([...linear(numbers([2]), numbers([3, 2])).dataSync()]).toEqual([1, 3, 5])
  })
})
