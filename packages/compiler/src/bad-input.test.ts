import { backward, Parameter } from '@chainrule/autograd'
import {
  CaptureError,
  cell,
  DeviceError,
  DisposedError,
  ones,
  setDevice,
  tensor,
  type Tensor,
  zeros,
} from '@chainrule/tensor'
import '@chainrule/wasm'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { compile } from './index.js'

beforeAll(async () => {
  await setDevice('reference')
})

const numbers = (x: Tensor | undefined): number[] => [...(x?.dataSync() ?? [])]

describe('arguments', () => {
  it('of other shapes make a new capture, and the old one is used again', () => {
    const total = compile((x: Tensor) => x.sum())
    expect([numbers(total(ones([2]))), numbers(total(ones([3]))), numbers(total(ones([2])))]).toEqual([[2], [3], [2]])
    expect(total.stats().captures).toBe(2)
  })

  it('may be views', () => {
    const f = compile((x: Tensor) => x.mul(2))
    expect(
      numbers(
        f(
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ),
      ),
    ).toEqual([2, 4, 6, 8])
    expect(
      numbers(
        f(
          tensor([
            [1, 3],
            [2, 4],
          ]).transpose(0, 1),
        ),
      ),
    ).toEqual([2, 4, 6, 8])
    expect(f.stats().captures).toBe(1)
  })

  it('that are numbers are constants of a capture each', () => {
    const f = compile((x: Tensor, times: number) => {
      let y = x
      for (let count = 0; count < times; count++) y = y.add(1)
      return y
    })
    expect([numbers(f(zeros([1]), 2)), numbers(f(zeros([1]), 5))]).toEqual([[2], [5]])
  })

  it('of another structure make a new capture each, with their own results', () => {
    const total = compile((first: Tensor, rest: { readonly more?: readonly Tensor[] } = {}) =>
      (rest.more ?? []).reduce((sum, each) => sum.add(each), first),
    )
    const one = ones([1])
    const calls = [() => total(one), () => total(one, { more: [one] }), () => total(one, { more: [one, one] })]
    for (let round = 0; round < 2; round++) expect(calls.map((call) => numbers(call()))).toEqual([[1], [2], [3]])
    expect(total.stats().captures).toBe(3)
  })

  it('that were disposed are named in an error, and leave the program as it was', () => {
    const double = compile((x: Tensor) => x.mul(2))
    const gone = ones([1])
    double(gone)
    gone.dispose()
    expect(() => double(gone)).toThrow(DisposedError)
    expect(() => double(gone)).toThrow(/^compile: /)
    expect(numbers(double(ones([1])))).toEqual([2])
  })

  it('of a new shape every time give one warning with the shapes', () => {
    const warning = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const f = compile((x: Tensor) => x.sum())
    for (let size = 1; size <= 12; size++) f(ones([size]))
    expect(warning).toHaveBeenCalledTimes(1)
    expect(warning.mock.calls[0]?.[0]).toContain('[3]')
    warning.mockRestore()
  })

  it('keep at most 32 programs', () => {
    const warning = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const f = compile((x: Tensor) => x.sum())
    for (let size = 1; size <= 40; size++) f(ones([size]))
    f(ones([40]))
    expect(f.stats().captures).toBe(40)
    f(ones([1]))
    expect(f.stats().captures).toBe(41)
    warning.mockRestore()
  })
})

describe('devices', () => {
  it('may change between calls: each has its own program', async () => {
    const weight = new Parameter([2])
    const scaled = compile((x: Tensor) => x.mul(weight))
    const here = ones([1])
    expect(numbers(scaled(here))).toEqual([2])
    await setDevice('wasm')
    try {
      expect(() => scaled(ones([1]))).toThrow(DeviceError)
      weight.assign(weight.to('wasm'))
      const result = scaled(ones([1]))
      expect([result.device, numbers(result)]).toEqual(['wasm', [2]])
      expect(() => scaled(here)).toThrow(DeviceError)
      expect(scaled.stats().captures).toBe(2)
    } finally {
      await setDevice('reference')
    }
  })
})

describe('failure', () => {
  it('in mid-capture rolls everything back', () => {
    const weight = new Parameter([2])
    const count = cell(1)
    weight.grad = tensor([9])
    const f = compile((x: Tensor) => {
      backward(x.mul(weight).sum())
      weight.assign(weight.add(1))
      count.set(5)
      throw new Error('stop')
    })
    expect(() => f(ones([1]))).toThrow('stop')
    expect([numbers(weight), numbers(weight.grad), count.value]).toEqual([[2], [9], 1])
    expect(numbers(weight.mul(1))).toEqual([2])
  })

  it('in mid-replay leaves variables and cells as they were', () => {
    const weight = new Parameter([2, 3])
    const count = cell(0)
    const f = compile((index: Tensor) => {
      count.set(() => count.value + 1)
      const picked = weight.indexSelect(0, index)
      weight.assign(weight.add(1))
      return picked
    })
    f(tensor([0], { dtype: 'int32' }))
    expect(() => f(tensor([7], { dtype: 'int32' }))).toThrow(/7/)
    expect([numbers(weight), count.value]).toEqual([[3, 4], 1])
    expect(numbers(f(tensor([1], { dtype: 'int32' })))).toEqual([4])
  })

  it('reading a value inside says what to do', () => {
    const f = compile((x: Tensor) => x.mul(x.sum().dataSync()[0] ?? 0))
    expect(() => f(ones([2]))).toThrow(CaptureError)
    expect(() => f(ones([2]))).toThrow(/Return the tensor/)
  })

  it('reading or branching on a value inside points to the line', () => {
    const reading = compile((x: Tensor) => x.mul(x.sum().dataSync()[0] ?? 0))
    expect(() => reading(ones([2]))).toThrow(/bad-input\.test\.ts:\d+:\d+/)
    // Only JavaScript, or a cast, gets a tensor past a comparison.
    const branching = compile((x: Tensor) => ((x.sum() as unknown as number) > 0 ? x : x.neg()))
    expect(() => branching(ones([2]))).toThrow(CaptureError)
    expect(() => branching(ones([2]))).toThrow(/where\(condition.*bad-input\.test\.ts:\d+/)
    const adding = compile((x: Tensor) => x.mul((x.sum() as unknown as number) + 1))
    expect(() => adding(ones([2]))).toThrow(CaptureError)
    expect(compile((x: Tensor) => (expect(`${x.sum().toString()}`).toContain('float32'), x))(ones([1])).shape).toEqual([
      1,
    ])
  })

  it('asynchronous reads inside are refused as well', async () => {
    const refused: Promise<unknown>[] = []
    const f = compile((x: Tensor) => {
      refused.push(expect(x.sum().item()).rejects.toThrow(CaptureError))
      return x
    })
    f(ones([2]))
    await Promise.all(refused)
    expect(refused).toHaveLength(1)
  })

  it('a tensor that leaked cannot be used outside', () => {
    const kept: Tensor[] = []
    const f = compile((x: Tensor) => {
      kept.push(x.add(1))
      return x
    })
    f(ones([1]))
    expect(() => kept[0]?.dataSync()).toThrow(CaptureError)
    expect(() => kept[0]?.mul(2)).toThrow(CaptureError)
    const g = compile((x: Tensor) => x.add(kept[0] as Tensor))
    expect(() => g(ones([1]))).toThrow(/leaked/)
  })

  it('refuses async functions', () => {
    const f = compile(async (x: Tensor) => Promise.resolve(x))
    expect(() => f(ones([1]))).toThrow(/async/)
  })
})
