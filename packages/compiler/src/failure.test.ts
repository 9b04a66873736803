import { setDevice, tensor, type Tensor, Variable, zeros } from '@chainrule/tensor'
import '@chainrule/wasm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compile } from './index.js'

const numbers = (x: Tensor | undefined): number[] => [...(x?.dataSync() ?? [])]
const places = (...index: readonly number[]): Tensor => tensor([...index], { dtype: 'int32' })

describe.each([
  ['reference', {}],
  ['wasm', { threads: 1 }],
  ['wasm', { threads: 2 }],
] as const)('a replay that fails on %s, %o', (device, options) => {
  beforeAll(() => setDevice(device, options))
  afterAll(() => setDevice('reference'))

  it('leaves a variable whose new value was used before the failure', () => {
    const table = new Variable(tensor([1, 2, 3]))
    const count = new Variable(tensor([1]))
    const f = compile((index: Tensor) => {
      const next = count.add(1)
      count.assign(next)
      return table.indexSelect(0, index).mul(next)
    })
    f(places(0))
    expect(() => f(places(3))).toThrow(/got index 3/)
    expect(numbers(count)).toEqual([2])
    expect([numbers(f(places(1))), numbers(count)]).toEqual([[6], [3]])
  })

  it('leaves a variable whose update has nothing to do with the failure', () => {
    // Large enough for several threads to share.
    const big = new Variable(tensor([1]).mul(zeros([100_000]).add(1)))
    const counts = new Variable(zeros([3]))
    const f = compile((index: Tensor) => {
      big.assign(big.mul(2))
      counts.assign(counts.scatterAdd(0, index, tensor([1])))
    })
    f(places(0))
    f(places(1))
    expect(() => {
      f(places(7))
    }).toThrow(/got index 7/)
    expect([big.dataSync()[0], big.dataSync()[99_999], numbers(counts)]).toEqual([4, 4, [1, 1, 0]])
    f(places(2))
    expect([big.dataSync()[0], big.dataSync()[99_999], numbers(counts)]).toEqual([8, 8, [1, 1, 1]])
  })

  it('leaves what is updated in place after a gather', () => {
    const table = new Variable(zeros([4, 2]).add(1))
    const f = compile((index: Tensor) => {
      const rows = table.indexSelect(0, index)
      table.assign(table.add(1))
      return rows
    })
    f(places(0, 1))
    const { storage } = table
    f(places(2, 3))
    expect(table.storage).toBe(storage)
    expect(() => f(places(0, 4))).toThrow(/got index 4/)
    expect(numbers(table)).toEqual(new Array(8).fill(3))
  })
})
