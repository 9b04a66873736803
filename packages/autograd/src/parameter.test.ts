import { memory, ones, tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { Parameter } from './index.js'

describe('a parameter', () => {
  it('made of numbers is the sole holder of its memory', () => {
    const parameter = new Parameter([1, 2, 3, 4])
    const before = memory().bytes
    parameter.assign(ones([4]))
    expect(memory().bytes).toBe(before)
  })

  it('made of a tensor leaves the tensor to its owner', () => {
    const value = tensor([1, 2])
    const parameter = new Parameter(value)
    parameter.assign(tensor([3, 4]))
    expect([...value.dataSync()]).toEqual([1, 2])
  })
})
