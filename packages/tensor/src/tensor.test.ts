import { describe, expect, test } from 'vitest'
import * as tensorPackage from './index.js'
import { arange, ones, ShapeError, Tensor, tensor, zeros } from './index.js'

describe('reading', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ])

  test('data and dataSync give the elements row-major, also of views', async () => {
    expect(await x.data()).toEqual(Float32Array.of(1, 2, 3, 4))
    expect(x.transpose(0, 1).dataSync()).toEqual(Float32Array.of(1, 3, 2, 4))
    expect(x.select(1, 1).flip(0).dataSync()).toEqual(Float32Array.of(4, 2))
    expect(zeros([0, 2]).dataSync()).toEqual(new Float32Array(0))
    expect(tensor(2).broadcastTo([2, 2]).dataSync()).toEqual(Float32Array.of(2, 2, 2, 2))
  })

  test('toArray nests them', async () => {
    expect(await x.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(await x.greater(2).toArray()).toEqual([
      [false, false],
      [true, true],
    ])
    expect(await tensor(true).toArray()).toBe(true)
    expect(await tensor(2.5).toArray()).toBe(2.5)
    expect(await zeros([2, 0]).toArray()).toEqual([[], []])
  })

  test('item gives the only element', async () => {
    expect(await tensor([[7]]).item()).toBe(7)
    expect(await tensor(true).item()).toBe(1)
    await expect(x.item()).rejects.toThrow(ShapeError)
    await expect(x.item()).rejects.toThrow(
      'item: got shape [2, 2] (4 elements), expected exactly one. Use toArray() or data().',
    )
    await expect(zeros([0]).item()).rejects.toThrow('item: got shape [0] (0 elements)')
  })
})

describe('properties', () => {
  test('say what the tensor is', () => {
    const x = zeros([2, 3], { dtype: 'int32' })
    expect([x.shape, x.dtype, x.device, x.size, x.rank, x.isContiguous]).toEqual([
      [2, 3],
      'int32',
      'reference',
      6,
      2,
      true,
    ])
    expect(x.transpose(0, 1).isContiguous).toBe(false)
    expect([tensor(1).size, tensor(1).rank]).toEqual([1, 0])
  })
})

describe('to', () => {
  test('converts dtypes', () => {
    expect([...tensor([1.9, -1.9, Number.NaN]).to('int32').dataSync()]).toEqual([1, -1, 0])
    expect([...tensor([0, 2]).to('bool').dataSync()]).toEqual([0, 1])
    expect(tensor([0.1]).to('float64').dataSync()[0]).toBe(Math.fround(0.1))
  })

  test('refuses what is neither dtype nor device', () => {
    expect(() => ones([1]).to('float8')).toThrow(
      "to: got 'float8', expected a dtype (bool, int32, float16, float32, float64) or a device (reference, wasm, webgpu).",
    )
    expect(() => ones([1]).to('webgpu')).toThrow("Import the package of the device first: import '@chainrule/webgpu'.")
  })
})

describe('methods', () => {
  const functions = Object.entries(tensorPackage).filter(
    ([name, value]) => typeof value === 'function' && name in Tensor.prototype && !(name in Object.prototype),
  )

  test('are the functions of the same name', () => {
    expect(functions.length).toBeGreaterThan(100)
    const x = tensor([
      [4, 1],
      [2, 3],
    ])
    expect([...x.add(1).dataSync()]).toEqual([...tensorPackage.add(x, 1).dataSync()])
    expect([...x.sum(0, { keepDims: true }).dataSync()]).toEqual([6, 4])
    expect(x.split(1).map((piece) => piece.shape)).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect([...x.sort().indices.dataSync()]).toEqual([1, 0, 0, 1])
    expect([...arange(3).pow(2).dataSync()]).toEqual([0, 1, 4])
  })

  test('where keeps the tensor where the condition holds, as in PyTorch', () => {
    const x = tensor([1, -2, 3])
    expect([...x.where(x.greater(0), 0).dataSync()]).toEqual([1, 0, 3])
    expect([...x.where(tensor([[true], [false]]), x.neg()).dataSync()]).toEqual([1, -2, 3, -1, 2, -3])
  })

  test('do not show up when a tensor is listed', () => {
    expect(
      Object.keys(Object.getOwnPropertyDescriptors(Tensor.prototype)).filter((name) =>
        Object.prototype.propertyIsEnumerable.call(Tensor.prototype, name),
      ),
    ).toEqual([])
  })
})

describe('without automatic differentiation', () => {
  test.each<readonly [name: string, use: (x: Tensor) => unknown]>([
    ['requiresGrad', (x) => x.requiresGrad],
    ['grad', (x) => x.grad],
    ['backward', (x) => x.backward()],
    ['registerHook', (x) => x.registerHook(() => undefined)],
  ])('%s says what to import', (name, use) => {
    expect(() => use(ones([1]))).toThrow(
      `${name}: got no automatic differentiation, expected @chainrule/autograd to be loaded. Install it and add: import '@chainrule/autograd'.`,
    )
  })
})
