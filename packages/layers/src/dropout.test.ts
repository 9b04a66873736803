import { Parameter } from '@chainrule/autograd'
import { manualSeed, ones } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { Dropout } from './index.js'

describe('Dropout', () => {
  it('drops its share and scales the rest, so that the mean stays', () => {
    manualSeed(3)
    const values = new Dropout(0.25).forward(ones([40_000])).dataSync()
    expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / 0.75)]))
    // The share of n = 40000 draws strays by √(0.25 · 0.75 / n) = 0.0022; four times that is one seed in sixteen thousand.
    const dropped = values.filter((value) => value === 0).length / values.length
    expect(Math.abs(dropped - 0.25)).toBeLessThan(0.0088)
  })

  it('gives the gradient the mask of the value', () => {
    manualSeed(4)
    const x = new Parameter(ones([100]))
    const y = new Dropout(0.5).forward(x)
    y.sum().backward()
    expect([...(x.grad?.dataSync() ?? [])]).toEqual([...y.dataSync()])
  })

  it('drops other elements each time, and the same again for a seed', () => {
    const layer = new Dropout(0.5)
    const draw = (): readonly number[] => [...layer.forward(ones([64])).dataSync()]
    manualSeed(1)
    const first = draw()
    expect(draw()).not.toEqual(first)
    manualSeed(1)
    expect(draw()).toEqual(first)
  })

  it('drops everything, value and gradient, when p is 1', () => {
    const x = new Parameter([1, 2])
    const y = new Dropout(1).forward(x)
    y.sum().backward()
    expect([[...y.dataSync()], [...(x.grad?.dataSync() ?? [])]]).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  it('is the input itself in evaluation, and for p = 0', () => {
    const x = ones([2])
    expect(new Dropout(0.5).eval().forward(x)).toBe(x)
    expect(new Dropout(0).forward(x)).toBe(x)
  })

  it.each([-0.1, 1.1, Number.NaN])('refuses p = %d', (p) => {
    expect(() => new Dropout(p)).toThrow(/Dropout: got p .*, expected a probability in 0 … 1/)
  })
})
