import { concat, ones, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { lowerFunction } from '../lowered.fixture.js'
import { fuse } from '../passes/fuse.js'
import { writePieces } from '../passes/write-pieces.js'
import { costOf } from './cost.js'

const costs = (run: (...args: Tensor[]) => Tensor, ...args: Tensor[]) => {
  const { steps, wanted } = lowerFunction(run, ...args)
  return fuse(steps, wanted, 64).map(costOf)
}

describe('costOf', () => {
  it('counts what a map reads and writes once, and each scalar primitive', () => {
    expect(costs((x, row) => x.mul(row).add(x), ones([8, 4]), ones([4]))).toEqual([
      { bytes: 4 * (32 + 4 + 32), flops: 2 * 32 },
    ])
  })

  it('counts elements of other dtypes by their size', () => {
    expect(costs((x) => x.greater(0), ones([8]))[0]?.bytes).toBe(4 * 8 + 8)
    expect(costs((x) => x.neg(), ones([8], { dtype: 'float64' }))[0]?.bytes).toBe(16 * 8)
  })

  it('counts a value a row as one', () => {
    expect(costs((x) => x.sum(1), ones([8, 4]))[0]).toEqual({ bytes: 4 * (32 + 8), flops: 32 })
  })

  it('counts a multiply–add of a product as two, and its operands once', () => {
    expect(costs((a, b) => a.matmul(b), ones([2, 3]), ones([3, 5]))).toEqual([
      { bytes: 4 * (6 + 15 + 10), flops: 2 * 2 * 3 * 5 },
    ])
  })

  it('counts of a shared block what each kernel writes', () => {
    const { steps, wanted } = lowerFunction((x, y) => concat([x.matmul(y), x.exp()], 1), ones([4, 4]), ones([4, 4]))
    const bytes = writePieces(steps, wanted, new Set()).map((step) => costOf(step).bytes)
    expect(bytes).toEqual([4 * 48, 4 * 32])
  })
})
