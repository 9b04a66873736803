import { describe, expect, it } from 'vitest'
import { tensor, zeros } from '../index.js'
import { expectSame, NotCloseError } from './index.js'

describe('expectSame', () => {
  it('tells 0 from −0 in bits, and takes NaN for NaN', () => {
    expectSame(tensor([0, NaN]), tensor([0, NaN]), 'bits', 'x')
    expect(() => {
      expectSame(tensor([1, -0]), tensor([1, 0]), 'bits', 'x')
    }).toThrow('x[1]: got -0, expected 0, bit for bit')
  })

  it('allows sums in another order where they were regrouped, and no more', () => {
    expectSame(tensor([1000.001]), tensor([1000]), 'regrouped', 'x')
    expect(() => {
      expectSame(tensor([1.001]), tensor([1]), 'regrouped', 'x')
    }).toThrow(NotCloseError)
  })

  it('compares shape and dtype', () => {
    expect(() => {
      expectSame(zeros([2]), zeros([2, 1]), 'bits', 'x')
    }).toThrow('x: got float32[2], expected float32[2,1]')
    expect(() => {
      expectSame(zeros([2]), zeros([2], { dtype: 'int32' }), 'regrouped', 'x')
    }).toThrow('expected int32[2]')
  })
})
