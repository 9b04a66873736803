import { grad, Parameter } from '@chainrule/autograd'
import { CaptureError, cell, ones, setDevice, tensor, type Tensor, zeros } from '@chainrule/tensor'
import '@chainrule/wasm'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { compile } from './index.js'

beforeAll(async () => {
  await setDevice('reference')
})

const numbers = (x: Tensor | undefined): number[] => [...(x?.dataSync() ?? [])]

describe('cells read as numbers', () => {
  it('make another program where they differ', () => {
    const limit = cell(2)
    const f = compile((x: Tensor) => (limit.value > 2 ? x.mul(limit.value) : x))
    const results = [2, 5, 2, 5].map((value) => {
      limit.set(value)
      return numbers(f(ones([1])))
    })
    expect(results).toEqual([[1], [5], [1], [5]])
    expect(f.stats().captures).toBe(2)
  })

  it('are no reason for another program where ops and guards read them', () => {
    const rate = cell(1)
    const twice = cell(() => 2 * rate.value)
    const f = compile((x: Tensor) => x.mul(rate).add(twice))
    for (const value of [1, 2, 3]) {
      rate.set(value)
      expect(numbers(f(ones([1])))).toEqual([3 * value])
    }
    expect(f.stats().captures).toBe(1)
  })

  it('count as eager code does, though every count is a capture', () => {
    const count = cell(0)
    const f = compile((x: Tensor) => {
      count.set(count.value + 1)
      return x.mul(count)
    })
    expect([1, 2, 3].map(() => numbers(f(ones([1]))))).toEqual([[1], [2], [3]])
    expect(count.value).toBe(3)
  })

  it('are refused once the function has set them', () => {
    const count = cell(0)
    const f = compile((x: Tensor) => {
      count.set(() => count.value + 1)
      return x.mul(count.value)
    })
    expect(() => f(ones([1]))).toThrow(CaptureError)
    expect(() => f(ones([1]))).toThrow(/give the cell to the op/)
    expect(count.value).toBe(0)
  })

  it('are named in the warning about many captures', () => {
    const warning = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const rate = cell(0)
    const f = compile((x: Tensor) => x.mul(rate.value))
    for (let count = 0; count < 12; count++) {
      rate.set(count)
      f(ones([1]))
    }
    expect(warning).toHaveBeenCalledTimes(1)
    expect(warning.mock.calls[0]?.[0]).toContain('after changes of cell')
    warning.mockRestore()
  })
})

describe('arguments', () => {
  it('in maps and sets are tensors like others', () => {
    const total = compile((batch: ReadonlyMap<string, Tensor>) =>
      [...batch.values()].reduce((sum, x) => sum.add(x.sum()), zeros([])),
    )
    const batch = new Map([['x', ones([2])]])
    expect(numbers(total(batch))).toEqual([2])
    batch.set('x', ones([3]))
    expect(numbers(total(batch))).toEqual([3])
    expect(numbers(total(new Map([['x', tensor([4, 5])]])))).toEqual([9])
    expect(total.stats().captures).toBe(2)
    const all = compile((parts: ReadonlySet<Tensor>) => [...parts].reduce((sum, x) => sum.add(x)))
    const parts = new Set([ones([1])])
    expect(numbers(all(parts))).toEqual([1])
    parts.add(ones([1]))
    expect(numbers(all(parts))).toEqual([2])
  })

  it('that are −0, or big integers, are told from others', () => {
    const scale = compile((x: Tensor, by: number | bigint) => x.mul(Number(by)))
    const results = [0, -0, 2n, 3n].map((by) => numbers(scale(ones([1]), by)))
    expect(results).toEqual([[0], [-0], [2], [3]])
  })

  it('of one text but other structure are told from each other', () => {
    const text = compile((value: unknown) => JSON.stringify(value))
    const values = [{ a: { b: 1 }, c: 2 }, { a: { b: 1, c: 2 } }, [[1], 2], [[1, 2]], '1', 1, [null], [], {}]
    expect(values.map((value) => text(value))).toEqual(values.map((value) => JSON.stringify(value)))
  })
})

describe('the device', () => {
  it('on which tensors are made is that of each call', async () => {
    const make = compile(() => ones([2]).mul(3))
    const found = [make().device]
    await setDevice('wasm')
    try {
      found.push(make().device)
    } finally {
      await setDevice('reference')
    }
    found.push(make().device)
    expect(found).toEqual(['reference', 'wasm', 'reference'])
    expect(make.stats().captures).toBe(2)
  })

  it('may be started anew', async () => {
    const double = compile((x: Tensor) => x.mul(2))
    try {
      for (const threads of [1, 2]) {
        await setDevice('wasm', { threads })
        expect(numbers(double(ones([2])))).toEqual([2, 2])
      }
    } finally {
      await setDevice('reference')
    }
  })
})

it('gradients read cells as the ops before them did, whatever the function has set since', () => {
  const train = (wrap: (step: (x: Tensor) => Tensor) => (x: Tensor) => Tensor): unknown => {
    const weight = new Parameter([1, 2])
    const strength = cell(0.5)
    const step = wrap((x) => {
      const slope = grad((w: Tensor) => {
        const loss = x.mul(w).square().mul(strength).sum()
        strength.set(() => strength.value / 2)
        return loss
      })(weight)
      weight.assign(weight.sub(slope))
      return slope
    })
    return [1, 2, 3].map((value) => numbers(step(tensor([value]))))
  }
  expect(train(compile)).toEqual(train((step) => step))
})

describe('hooks of parameters', () => {
  const setting = () => {
    const weight = new Parameter([1, 2])
    const step = compile(
      (x: Tensor) => {
        weight.grad = undefined
        weight.mul(x).sum().backward()
      },
      { keepGrads: true },
    )
    const gradient = (): number[] => {
      step(tensor([3, 4]))
      return numbers(weight.grad)
    }
    return { weight, step, gradient }
  }

  it('run in replays once they are added, and no more once they are removed', () => {
    const { weight, step, gradient } = setting()
    expect([gradient(), gradient()]).toEqual([
      [3, 4],
      [3, 4],
    ])
    const removeTen = weight.registerHook((given) => given.mul(10))
    expect([gradient(), gradient()]).toEqual([
      [30, 40],
      [30, 40],
    ])
    const removeOne = weight.registerHook((given) => given.add(1))
    expect(gradient()).toEqual([31, 41])
    removeTen()
    expect(gradient()).toEqual([4, 5])
    removeOne()
    expect(gradient()).toEqual([3, 4])
    // Without hooks the first program still holds.
    expect(step.stats().captures).toBe(4)
  })

  it('of other parameters make no difference', () => {
    const { step, gradient } = setting()
    gradient()
    new Parameter([1]).registerHook((given) => given.mul(10))
    expect(gradient()).toEqual([3, 4])
    expect(step.stats().captures).toBe(1)
  })

  it('that the function itself adds and removes are part of it', () => {
    const weight = new Parameter([1, 2])
    const step = compile(
      (x: Tensor) => {
        weight.grad = undefined
        const remove = weight.registerHook((given) => given.mul(10))
        weight.mul(x).sum().backward()
        remove()
      },
      { keepGrads: true },
    )
    for (let count = 0; count < 3; count++) {
      step(tensor([3, 4]))
      expect(numbers(weight.grad)).toEqual([30, 40])
    }
    expect(step.stats().captures).toBe(1)
  })

  it('that the function adds with every call add up, as in eager code', () => {
    const run = (make: (step: (x: Tensor) => void) => (x: Tensor) => void): number[][] => {
      const weight = new Parameter([1, 2])
      const step = make((x) => {
        weight.grad = undefined
        weight.registerHook((given) => given.mul(10))
        weight.mul(x).sum().backward()
      })
      return [1, 2, 3].map(() => {
        step(tensor([3, 4]))
        return numbers(weight.grad)
      })
    }
    const eager = run((step) => step)
    expect(eager[2]).toEqual([3000, 4000])
    expect(run((step) => compile(step, { keepGrads: true }))).toEqual(eager)
  })
})
