import { describe, expect, test } from 'vitest'
import {
  abs,
  add,
  argmax,
  ArgumentError,
  avgPool2d,
  broadcastTo,
  chunk,
  clamp,
  concat,
  conv1d,
  conv2d,
  dot,
  DTypeError,
  einsum,
  embedding,
  flatten,
  flip,
  full,
  gather,
  indexSelect,
  linear,
  logSumExp,
  matmul,
  maxPool2d,
  mean,
  narrow,
  norm,
  ones,
  outer,
  pad,
  permute,
  rand,
  randn,
  reshape,
  rmsNormalize,
  select,
  ShapeError,
  slice,
  softmax,
  sort,
  split,
  squeeze,
  stack,
  sum,
  takeAlongAxis,
  tensor,
  type Tensor,
  tile,
  transpose,
  tril,
  triu,
  unsqueeze,
  variance,
  Variable,
  zeros,
} from '../index.js'

const x = zeros([2, 3])
const whole = zeros([2, 3], { dtype: 'int32' })
const truth = zeros([2, 3], { dtype: 'bool' })

type Refusal = readonly [message: string, run: () => unknown]

describe('shapes that do not fit', () => {
  test.each<Refusal>([
    [
      "matmul: inner dimensions differ: [2, 3] × [2, 3] (3 ≠ 2). Transpose the second operand or check the previous layer's outFeatures.",
      () => matmul(x, x),
    ],
    ['matmul: got [] × [2, 3], expected at least one axis each. Use mul for scalars.', () => matmul(tensor(1), x)],
    [
      'matmul: shapes do not broadcast: [2] and [3] (axis -1: 2 ≠ 3).',
      () => matmul(zeros([2, 1, 1]), zeros([3, 1, 1])),
    ],
    [
      'add: shapes do not broadcast: [2, 3] and [2] (axis -1: 3 ≠ 2). Sizes must agree from the right, or one of them be 1; reshape or unsqueeze.',
      () => add(x, zeros([2])),
    ],
    ['dot: got [3] and [2], expected two vectors of one size.', () => dot(zeros([3]), zeros([2]))],
    ['outer: got [2, 3] and [2], expected two vectors.', () => outer(x, zeros([2]))],
    [
      "linear: got an input of [2, 3] and a weight of [4, 2], expected [..., in] and [out, in] (3 ≠ 2). Check the previous layer's outFeatures.",
      () => linear(x, zeros([4, 2])),
    ],
    [
      'linear: got an input of [] and a weight of [4, 2], expected [..., in] and [out, in]. Check',
      () => linear(tensor(1), zeros([4, 2])),
    ],
    [
      'linear: got an input of [2, 3] and a weight of [3], expected [..., in] and [out, in]. Check',
      () => linear(x, zeros([3])),
    ],
    [
      'linear: got a bias of [3], expected [4], one for each row of the weight.',
      () => linear(x, zeros([4, 3]), zeros([3])),
    ],
    [
      'reshape: got [2, 3] (6 elements) to [4] (4), expected the same number of elements. One size may be -1 to be worked out.',
      () => reshape(x, [4]),
    ],
    [
      'reshape: got [2, 3] (6 elements) to [-1, -1], expected one -1 at most and sizes that divide the number of elements.',
      () => reshape(x, [-1, -1]),
    ],
    ['reshape: got [2, 3] (6 elements) to [4, -1], expected one -1', () => reshape(x, [4, -1])],
    ['reshape: got shape [-2, -3], expected whole numbers of at least 0.', () => reshape(x, [-2, -3])],
    ['reshape: got 6 as a shape, expected a list of sizes such as [2, 3].', () => reshape(x, 6 as unknown as number[])],
    ['broadcastTo: got 6 as a shape', () => broadcastTo(x, 6 as unknown as number[])],
    [
      'broadcastTo: got [2, 3] to [2, 4], expected each size from the right to be the same or 1. Reshape or unsqueeze first.',
      () => broadcastTo(x, [2, 4]),
    ],
    ['broadcastTo: got [2, 3] to [3], expected each size', () => broadcastTo(x, [3])],
    ['narrow: got places 2 to 4 along axis 1, expected them within its size 3.', () => narrow(x, 1, 2, 2)],
    ['narrow: got places 0.5 to 1.5', () => narrow(x, 1, 0.5, 1)],
    ['select: got place 3 along axis 1, expected one in -3 … 2.', () => select(x, 1, 3)],
    [
      'concat: got shapes [2, 3], [3, 3], expected equal sizes except along axis 1.',
      () => concat([x, zeros([3, 3])], 1),
    ],
    [
      'stack: got shapes [2, 3], [3, 2], expected one shape. Use concat to join along an axis.',
      () => stack([x, zeros([3, 2])]),
    ],
    ['tile: got shape [-1], expected whole numbers of at least 0.', () => tile(x, [-1])],
    [
      'pad: got padding [[-1,-2],[0,0]] for shape [2, 3], which crops more than there is, expected less. Use narrow to take a part.',
      () =>
        pad(x, [
          [-1, -2],
          [0, 0],
        ]),
    ],
    ['sum: got axis 2, expected an axis in -2 … 1. Pass an axis of the tensor.', () => sum(x, 2)],
    ['unsqueeze: got axis 3, expected an axis in -3 … 2.', () => unsqueeze(x, 3)],
    ['transpose: got axis -3, expected an axis in -2 … 1.', () => transpose(x, 0, -3)],
  ])('%s', (message, run) => {
    expect(run).toThrow(ShapeError)
    expect(run).toThrow(message)
    expect(run).toThrow(expect.objectContaining({ code: 'SHAPE', name: 'ShapeError' }))
  })
})

describe('arguments outside their domain', () => {
  test.each<Refusal>([
    [
      'slice: got starts [0.5], ends [] and steps [] for shape [2, 3], expected whole places, at most one range for each axis, and whole steps other than 0.',
      () => slice(x, [0.5]),
    ],
    ['slice: got starts [], ends [NaN]', () => slice(x, [], [Number.NaN])],
    ['slice: got starts [0, 0, 0]', () => slice(x, [0, 0, 0])],
    ['and steps [0] for shape [2, 3]', () => slice(x, [null], [undefined], [0])],
    ['split: got sizes [3, -1], expected whole sizes that add up to 2, the size of axis 0.', () => split(x, [3, -1])],
    ['split: got sizes [0.5, 1.5], expected whole sizes', () => split(x, [0.5, 1.5])],
    ['split: got sizes [1, 2], expected whole sizes that add up to 2', () => split(x, [1, 2])],
    ['split: got pieces of 0, expected a whole size of at least 1.', () => split(x, 0)],
    ['chunk: got 0 chunks, expected a whole number of at least 1.', () => chunk(x, 0)],
    ['permute: got axes [0, 0] for shape [2, 3], expected each of its 2 axes once.', () => permute(x, [0, 0])],
    ['permute: got axes [0] for shape [2, 3]', () => permute(x, [0])],
    ['flatten: got axes 1 to 0, expected the first not after the last.', () => flatten(x, 1, 0)],
    ['flip: got axes [0, 0], expected each axis once. Remove the repeats.', () => flip(x, [0, -2])],
    ['squeeze: got axes [1, 1], expected each axis once.', () => squeeze(x, [1, -1])],
    ['sum: got axes [1, 1], expected each axis once.', () => sum(x, [1, -1])],
    ['concat: got no tensor, expected at least one.', () => concat([])],
    ['stack: got no tensor, expected at least one.', () => stack([])],
    [
      'pad: got 1 pairs for shape [2, 3], expected one pair [before, after] of whole numbers for each axis.',
      () => pad(x, [[1, 1]]),
    ],
    [
      'pad: got 2 pairs',
      () =>
        pad(x, [
          [0.5, 0],
          [0, 0],
        ]),
    ],
    ['clamp: got no bound, expected a lower one, an upper one or both. Pass clamp(x, low, high).', () => clamp(x)],
    ['tril: got diagonal 0.5, expected a whole number. 0 is the main diagonal.', () => tril(x, 0.5)],
    ['triu: got diagonal NaN', () => triu(x, Number.NaN)],
    [
      'add: got string as an operand, expected a tensor, a number, a boolean or a cell. Wrap data with tensor(…).',
      () => add(x, '1' as unknown as number),
    ],
    ['add: got undefined as an operand', () => add(x, undefined as unknown as number)],
    ['abs: got an array as an operand', () => abs([1] as unknown as Tensor)],
    ['abs: got null as an operand', () => abs(null as unknown as Tensor)],
  ])('%s', (message, run) => {
    expect(run).toThrow(ArgumentError)
    expect(run).toThrow(message)
    expect(run).toThrow(expect.objectContaining({ code: 'ARGUMENT', name: 'ArgumentError' }))
  })
})

describe('dtypes that an op does not take', () => {
  test.each<Refusal>([
    ["mean: got int32, expected a floating dtype. Convert with .to('float32').", () => mean(whole)],
    ['variance: got bool, expected a floating dtype.', () => variance(truth)],
    ['logSumExp: got int32', () => logSumExp(whole)],
    ['norm: got int32', () => norm(whole)],
    ['rmsNormalize: got int32', () => rmsNormalize(whole, 0)],
    ['avgPool2d: got int32', () => avgPool2d(zeros([1, 2, 2], { dtype: 'int32' }), 2)],
    [
      "conv2d: got bool operands, expected numbers. Convert with .to('float32').",
      () => conv2d(zeros([1, 1, 2, 2], { dtype: 'bool' }), ones([1, 1, 1, 1], { dtype: 'bool' })),
    ],
    ['matmul: got bool operands, expected numbers.', () => matmul(truth, truth.transpose(0, 1))],
    ["gather: got an index of float32, expected int32. Convert with .to('int32').", () => gather(x, 1, x)],
    ['takeAlongAxis: got an index of bool', () => takeAlongAxis(x, truth, 1)],
    ['indexSelect: got an index of float32', () => indexSelect(x, 0, zeros([1]))],
    ['embedding: got an index of bool', () => embedding(tensor([true]), x)],
    [
      'full: got NaN for int32, expected a whole number in −2³¹ … 2³¹ − 1. Round first, or use a float dtype.',
      () => full([1], Number.NaN, { dtype: 'int32' }),
    ],
    ['full: got 0.5 for int32', () => full([1], 0.5, { dtype: 'int32' })],
    ['full: got 2147483648 for int32', () => full([1], 2 ** 31, { dtype: 'int32' })],
    [
      'pad: got -Infinity for int32',
      () =>
        pad(
          whole,
          [
            [1, 1],
            [0, 0],
          ],
          { value: -Infinity },
        ),
    ],
    [
      'pad: got 2 for bool, expected 0 or 1.',
      () =>
        pad(
          truth,
          [
            [1, 1],
            [0, 0],
          ],
          { value: 2 },
        ),
    ],
    [
      'full: got float16 on reference, expected one of bool, int32, float32, float64. Convert with .to(dtype).',
      () => zeros([1], { dtype: 'float16' }),
    ],
  ])('%s', (message, run) => {
    expect(run).toThrow(DTypeError)
    expect(run).toThrow(message)
    expect(run).toThrow(expect.objectContaining({ code: 'DTYPE', name: 'DTypeError' }))
  })
})

describe('arrays in the place of tensors', () => {
  // What plain JavaScript hands over; TypeScript refuses it.
  const rows = [
    [1, 2, 3],
    [4, 5, 6],
  ] as unknown as Tensor
  const image = zeros([1, 1, 4, 4])
  const places = tensor([[0, 1, 0]], { dtype: 'int32' })
  test.each<Refusal>([
    ['matmul', () => matmul(x, rows)],
    ['dot', () => dot(rows, x)],
    ['outer', () => outer(x, rows)],
    ['linear', () => linear(x, rows)],
    ['einsum', () => einsum('ij->ji', rows)],
    ['conv2d', () => conv2d(rows, x)],
    ['avgPool2d', () => avgPool2d(rows, 2)],
    ['sum', () => sum(rows)],
    ['mean', () => mean(rows)],
    ['argmax', () => argmax(rows)],
    ['sort', () => sort(rows)],
    ['softmax', () => softmax(rows, 1)],
    ['reshape', () => reshape(rows, [6])],
    ['flatten', () => flatten(rows)],
    ['permute', () => permute(rows, [1, 0])],
    ['transpose', () => transpose(rows, 0, 1)],
    ['squeeze', () => squeeze(rows)],
    ['unsqueeze', () => unsqueeze(rows, 0)],
    ['slice', () => slice(rows, [0])],
    ['concat', () => concat([x, rows])],
    ['stack', () => stack([rows, x])],
    ['gather', () => gather(x, 0, rows)],
    ['takeAlongAxis', () => takeAlongAxis(rows, places, 0)],
    ['embedding', () => embedding(rows, x)],
    ['tril', () => tril(rows)],
  ])('%s names them', (operation, run) => {
    expect(run).toThrow(ArgumentError)
    expect(run).toThrow(`${operation}: got an array as an operand, expected a tensor. Wrap data with tensor(…).`)
  })

  test.each<Refusal>([
    [
      'maxPool2d: got 2 as third argument, expected options such as { stride: 2 }. Write them by name.',
      () => maxPool2d(image, 3, 2 as never),
    ],
    ['avgPool2d: got the option ceil, expected', () => avgPool2d(image, 3, { ceil: true } as never)],
    [
      'conv2d: got a tensor as third argument, expected options such as { bias: … }.',
      () => conv2d(image, image, zeros([1]) as never),
    ],
    ['conv1d: got the options dilate, group, expected', () => conv1d(x, x, { dilate: 2, group: 1 } as never)],
    ['maxPool2d: got kernelSize undefined, expected whole numbers', () => maxPool2d(image, undefined as never)],
    ['maxPool2d: got kernelSize 1,2,3, expected whole numbers', () => maxPool2d(image, [1, 2, 3] as never)],
    ['embedding: got paddingIdx 2, expected a row in -2 … 1.', () => embedding(places, x, { paddingIdx: 2 })],
    [
      'embedding: got 0 as third argument, expected options such as { paddingIdx: 0 }.',
      () => embedding(places, x, 0 as never),
    ],
    ['Variable: got an array as an operand', () => new Variable(rows)],
    ['assign: got an array as an operand', () => new Variable(x).assign(rows)],
  ])('%s', (message, run) => {
    expect(run).toThrow(ArgumentError)
    expect(run).toThrow(message)
  })

  test.each<Refusal>([
    ['concat: got something other than a list', () => concat(x as unknown as Tensor[])],
    ['stack: got something other than a list', () => stack(x as unknown as Tensor[])],
    ['permute: got 1 as axes, expected a list', () => permute(x, 1 as unknown as number[])],
    ['rand: got 2 as a shape, expected a list', () => rand(2 as unknown as number[])],
    ['randn: got shape [-1]', () => randn([-1])],
  ])('%s', (message, run) => {
    expect(run).toThrow(message)
  })
})

test('every refusal reads: operation, what was got, what was expected', () => {
  const runs = [
    () => matmul(x, tensor(1)),
    () => add(x, zeros([4])),
    () => reshape(x, [7]),
    () => mean(whole),
    () => split(x, 0),
    () => select(x, 0, 9),
  ]
  for (const run of runs)
    expect(run).toThrow(/^\w+: (.* )?(got|shapes do not broadcast:) .*(expected|must agree) .*\.$/)
})
