import { ones } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { Linear, LSTM, ModuleList, ReLU, Sequential } from '../index.js'

describe('Sequential', () => {
  it('runs its modules in order', () => {
    const model = new Sequential(new Linear(2, 3), new ReLU(), new Linear(3, 1))
    const x = ones([4, 2])
    const byHand = [...model].reduce((value, module) => module.forward(value), x)
    expect([...model.forward(x).dataSync()]).toEqual([...byHand.dataSync()])
  })

  it('gives its input back when it is empty', () => {
    const x = ones([1])
    expect(new Sequential().forward(x)).toBe(x)
  })

  it('names the module that gives no tensor', () => {
    const model = new Sequential(new LSTM(2, 3) as never, new Linear(3, 1))
    expect(() => model.forward(ones([2, 1, 2]))).toThrow(/Sequential: got object from module 0 \(LSTM\)/)
  })

  it('refuses what is no module', () => {
    expect(() => new Sequential(ReLU as never)).toThrow(
      /Sequential: got function as module 0, expected a module.*new ReLU/,
    )
    expect(() => new Sequential([new ReLU()] as never)).toThrow(
      /got an array as module 0, expected a module. Spread a list: \.\.\.modules\./,
    )
  })
})

describe('ModuleList', () => {
  it('is read by place, from either end, and in order', () => {
    const [first, second] = [new Linear(1, 1), new Linear(1, 1)]
    const list = new ModuleList([first]).append(second)
    expect([list.length, list[0], list.at(-1), [...list]]).toEqual([2, first, second, [first, second]])
    expect(list.at(2)).toBeUndefined()
  })

  it('does not run its modules', () => {
    expect(() => new ModuleList().forward()).toThrow(/ModuleList: got a call of forward/)
  })
})
