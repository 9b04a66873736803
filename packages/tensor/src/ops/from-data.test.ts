import { describe, expect, test } from 'vitest'
import { ArgumentError, DTypeError, ShapeError, tensor, type TensorData, zeros } from '../index.js'
import { oneHot } from './from-data.js'

const read = (data: TensorData, options?: Parameters<typeof tensor>[1]): unknown[] => {
  const made = tensor(data, options)
  return [made.shape, made.dtype, [...made.dataSync()]]
}

describe('tensor', () => {
  test('takes its shape from the nesting', () => {
    expect(read(3)).toEqual([[], 'float32', [3]])
    expect(read([1, 2, 3])).toEqual([[3], 'float32', [1, 2, 3]])
    expect(
      read([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    ).toEqual([[3, 2], 'float32', [1, 2, 3, 4, 5, 6]])
    expect(read([[[1]], [[2]]])).toEqual([[2, 1, 1], 'float32', [1, 2]])
    expect(read([])).toEqual([[0], 'float32', []])
    expect(read([[], []])).toEqual([[2, 0], 'float32', []])
  })

  test('makes float32 of numbers, bool of booleans', () => {
    expect(read(true)).toEqual([[], 'bool', [1]])
    expect(read([[true], [false]])).toEqual([[2, 1], 'bool', [1, 0]])
    expect(read([1, 2], { dtype: 'int32' })).toEqual([[2], 'int32', [1, 2]])
    expect(read([0.1], { dtype: 'float64' })).toEqual([[1], 'float64', [0.1]])
    expect(read([0.1])).toEqual([[1], 'float32', [Math.fround(0.1)]])
  })

  test.each([
    [new Float32Array([1, 2]), 'float32'],
    [new Float64Array([1, 2]), 'float64'],
    [new Int32Array([1, 2]), 'int32'],
    [new Int16Array([1, 2]), 'int32'],
    [new Int8Array([1, 2]), 'int32'],
    [new Uint8Array([1, 2]), 'int32'],
    [new Uint16Array([1, 2]), 'int32'],
    [new Uint8ClampedArray([1, 2]), 'int32'],
  ] as const)('takes a typed array: %o is %s', (data, dtype) => {
    expect(read(data)).toEqual([[2], dtype, [1, 2]])
    expect(read(data, { shape: [2, 1], dtype: 'float64' })).toEqual([[2, 1], 'float64', [1, 2]])
  })

  test('reads flat data into a shape, row-major', () => {
    expect(read([1, 2, 3, 4, 5, 6], { shape: [2, 3] })).toEqual([[2, 3], 'float32', [1, 2, 3, 4, 5, 6]])
    expect(
      read(
        [
          [1, 2],
          [3, 4],
        ],
        { shape: [4] },
      ),
    ).toEqual([[4], 'float32', [1, 2, 3, 4]])
    expect(read(7, { shape: [1, 1] })).toEqual([[1, 1], 'float32', [7]])
  })

  test('copies the data', () => {
    const data = new Float32Array([1, 2])
    const made = tensor(data)
    data[0] = 9
    expect([...made.dataSync()]).toEqual([1, 2])
    const seen = made.dataSync()
    seen[0] = 9
    expect([...made.dataSync()]).toEqual([1, 2])
  })

  test('does not keep the shape that it was given', () => {
    const shape = [2, 1]
    const made = tensor([1, 2], { shape })
    shape[0] = 5
    expect(made.shape).toEqual([2, 1])
  })

  test('converts to bool by x ≠ 0', () => {
    expect(read([0, -0, 0.5, Number.NaN], { dtype: 'bool' })).toEqual([[4], 'bool', [0, 0, 1, 1]])
  })

  test('converts booleans to numbers', () => {
    expect(read([true, false], { dtype: 'int32' })).toEqual([[2], 'int32', [1, 0]])
    expect(read([true, false], { dtype: 'float32' })).toEqual([[2], 'float32', [1, 0]])
  })

  test.each<readonly [data: unknown, message: string]>([
    [
      [[1, 2], [3]],
      'tensor: got ragged arrays: data[1] has 1 elements, expected 2 as its neighbours have. Pad the shorter ones.',
    ],
    [[[1], [2, 3]], 'tensor: got ragged arrays: data[1] has 2 elements, expected 1'],
    [
      [[1], 2],
      'tensor: got ragged arrays: data[1] is a number, expected 1 elements as its neighbours have. Nest all to one depth.',
    ],
    [[1, [2]], 'tensor: got ragged arrays: data[1] has 1 elements, expected a number'],
    [[[], [1]], 'tensor: got ragged arrays: data[1] has 1 elements, expected 0'],
    [[[[1, 2]], [[3]]], 'data[1][0] has 1 elements, expected 2'],
  ])('refuses ragged arrays %o', (data, message) => {
    expect(() => tensor(data as TensorData)).toThrow(ShapeError)
    expect(() => tensor(data as TensorData)).toThrow(message)
  })

  test.each<readonly [value: number]>([[Number.NaN], [0.5], [Infinity], [2 ** 31], [-(2 ** 31) - 1]])(
    'refuses %s as int32, and names its place',
    (value) => {
      const make = (): unknown => tensor([0, value], { dtype: 'int32' })
      expect(make).toThrow(DTypeError)
      expect(make).toThrow(`tensor: got ${value} at place 1 for int32, expected whole numbers in −2³¹ … 2³¹ − 1.`)
      expect(() => tensor(new Float64Array([0, value]), { dtype: 'int32' })).toThrow(DTypeError)
    },
  )

  test('takes the ends of int32', () => {
    expect(read([2 ** 31 - 1, -(2 ** 31)], { dtype: 'int32' })).toEqual([[2], 'int32', [2 ** 31 - 1, -(2 ** 31)]])
  })

  test('refuses numbers mixed with booleans', () => {
    expect(() => tensor([1, true])).toThrow(
      'tensor: got numbers and booleans together, expected one kind. Convert with Number(…).',
    )
  })

  test.each<readonly [data: unknown, message: string]>([
    ['12', 'tensor: got string at data, expected numbers or booleans'],
    [[1, '2'], 'tensor: got string at data[1]'],
    [[1, null], 'tensor: got null at data[1]'],
    [[1, undefined], 'tensor: got undefined at data[1]'],
    [[1n], 'tensor: got bigint at data[0]'],
    [{ length: 1 }, 'tensor: got object at data'],
  ])('refuses other values: %o', (data, message) => {
    expect(() => tensor(data as TensorData)).toThrow(ArgumentError)
    expect(() => tensor(data as TensorData)).toThrow(message)
  })

  test('points to stack where tensors are nested', () => {
    expect(() => tensor([zeros([2])] as unknown as TensorData)).toThrow('Use stack to join tensors.')
  })

  test('refuses typed arrays without a dtype', () => {
    expect(() => tensor(new BigInt64Array(2) as unknown as TensorData)).toThrow(
      'tensor: got a BigInt64Array, expected Float32Array',
    )
  })

  test.each<readonly [shape: readonly number[], message: string]>([
    [[3], 'tensor: got 2 elements for shape [3], expected 3. Check the shape.'],
    [[2, 0], 'tensor: got 2 elements for shape [2, 0], expected 0.'],
    [[-2, -1], 'tensor: got shape [-2, -1], expected whole numbers of at least 0.'],
    [[2.5], 'tensor: got shape [2.5], expected whole numbers of at least 0.'],
  ])('refuses two elements in shape %o', (shape, message) => {
    expect(() => tensor([1, 2], { shape })).toThrow(ShapeError)
    expect(() => tensor([1, 2], { shape })).toThrow(message)
  })

  test('refuses a dtype that the device lacks', () => {
    expect(() => tensor([1], { dtype: 'float16' })).toThrow(
      'tensor: got float16 on reference, expected one of bool, int32, float32, float64. Choose another dtype.',
    )
  })
})

describe('oneHot', () => {
  test('adds an axis for the classes', () => {
    const made = oneHot(tensor([[2], [0]], { dtype: 'int32' }), 3)
    expect([made.shape, made.dtype, [...made.dataSync()]]).toEqual([[2, 1, 3], 'int32', [0, 0, 1, 1, 0, 0]])
  })

  test('refuses fractions of classes', () => {
    expect(() => oneHot(tensor([1]), 3)).toThrow(
      "oneHot: got classes of float32, expected int32. Convert with .to('int32').",
    )
    expect(() => oneHot(tensor([1], { dtype: 'int32' }), 2.5)).toThrow(
      'oneHot: got 2.5 classes, expected a whole number of at least 1.',
    )
  })
})
