import * as assembly from '../../ops/assembly.js'
import * as movement from '../../ops/movement.js'
import * as slicing from '../../ops/slicing.js'
import type { Tensor } from '../../tensor.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, real, repeated, truth, whole } from '../sample-data.js'
import type { InputView } from '../sample-input.js'

const exact = { tolerance: 'exact' } as const

type Run = (x: Tensor) => Tensor | readonly Tensor[]

/** Op, what is special, shape of the input, what is done with it. */
const uses: readonly (readonly [op: string, name: string, shape: readonly number[], run: Run])[] = [
  ['reshape', 'to more axes', [12], (x) => movement.reshape(x, [3, 4])],
  ['reshape', 'to fewer axes', [2, 3, 4], (x) => movement.reshape(x, [6, 4])],
  ['reshape', 'with a size worked out', [2, 3, 4], (x) => movement.reshape(x, [4, -1])],
  ['reshape', 'to rank 0', [1, 1], (x) => movement.reshape(x, [])],
  ['reshape', 'from rank 0', [], (x) => movement.reshape(x, [1, 1])],
  ['reshape', 'no element', [2, 0], (x) => movement.reshape(x, [0, 5])],
  ['reshape', '1000 elements', [1000], (x) => movement.reshape(x, [8, 125])],
  ['flatten', 'everything', [2, 3, 4], (x) => movement.flatten(x)],
  ['flatten', 'from axis 1', [2, 3, 4], (x) => movement.flatten(x, 1)],
  ['flatten', 'axes 0 to −2', [2, 3, 4], (x) => movement.flatten(x, 0, -2)],
  ['flatten', 'rank 0', [], (x) => movement.flatten(x)],
  ['transpose', 'a matrix', [3, 4], (x) => movement.transpose(x, 0, 1)],
  ['transpose', 'negative axes', [2, 3, 4], (x) => movement.transpose(x, -1, -3)],
  ['transpose', '33 × 65', [33, 65], (x) => movement.transpose(x, 0, 1)],
  ['permute', 'three axes', [2, 3, 4], (x) => movement.permute(x, [2, 0, 1])],
  ['permute', 'negative axes', [2, 3, 4], (x) => movement.permute(x, [-1, 1, 0])],
  ['permute', 'NCHW to NHWC', [2, 3, 4, 5], (x) => movement.permute(x, [0, 2, 3, 1])],
  ['permute', 'no element', [2, 0, 3], (x) => movement.permute(x, [2, 0, 1])],
  ['squeeze', 'all axes of size 1', [1, 3, 1], (x) => movement.squeeze(x)],
  ['squeeze', 'one axis', [1, 3, 1], (x) => movement.squeeze(x, -1)],
  ['squeeze', 'listed axes, one of another size', [1, 3, 1], (x) => movement.squeeze(x, [0, 1])],
  ['unsqueeze', 'in front', [3], (x) => movement.unsqueeze(x, 0)],
  ['unsqueeze', 'at the end', [3, 2], (x) => movement.unsqueeze(x, -1)],
  ['unsqueeze', 'rank 0', [], (x) => movement.unsqueeze(x, 0)],
  ['broadcastTo', 'a row', [3], (x) => movement.broadcastTo(x, [4, 3])],
  ['broadcastTo', 'a column', [3, 1], (x) => movement.broadcastTo(x, [3, 5])],
  ['broadcastTo', 'rank 0', [], (x) => movement.broadcastTo(x, [2, 3])],
  ['broadcastTo', 'kept sizes', [3, 1], (x) => movement.broadcastTo(x, [2, -1, 4])],
  ['broadcastTo', 'to size 0', [1, 3], (x) => movement.broadcastTo(x, [0, 3])],
  ['slice', 'one axis', [5], (x) => slicing.slice(x, [1], [4])],
  ['slice', 'two axes', [4, 5], (x) => slicing.slice(x, [1, 0], [3, 4])],
  ['slice', 'steps', [4, 9], (x) => slicing.slice(x, [0, 1], [4, 9], [2, 3])],
  ['slice', 'negative places', [9], (x) => slicing.slice(x, [-5], [-1])],
  ['slice', 'backwards', [9], (x) => slicing.slice(x, [7], [1], [-2])],
  ['slice', 'backwards to the front', [9], (x) => slicing.slice(x, [null], [null], [-1])],
  ['slice', 'beyond the ends', [4], (x) => slicing.slice(x, [-9], [9])],
  ['slice', 'nothing', [4, 3], (x) => slicing.slice(x, [3], [1])],
  ['slice', 'fewer ranges than axes', [4, 3], (x) => slicing.slice(x, [1])],
  ['narrow', 'the first axis', [5, 3], (x) => slicing.narrow(x, 0, 1, 3)],
  ['narrow', 'the last axis from the end', [3, 5], (x) => slicing.narrow(x, -1, -3, 2)],
  ['narrow', 'nothing', [3, 5], (x) => slicing.narrow(x, 1, 5, 0)],
  ['select', 'a row', [3, 4], (x) => slicing.select(x, 0, 1)],
  ['select', 'a column from the end', [3, 4], (x) => slicing.select(x, -1, -2)],
  ['select', 'an element', [5], (x) => slicing.select(x, 0, 3)],
  ['split', 'equal pieces', [6, 2], (x) => slicing.split(x, 2)],
  ['split', 'a smaller last piece', [2, 7], (x) => slicing.split(x, 3, 1)],
  ['split', 'listed sizes', [2, 7], (x) => slicing.split(x, [1, 0, 4, 2], -1)],
  ['chunk', 'equal pieces', [6, 2], (x) => slicing.chunk(x, 3)],
  ['chunk', 'a smaller last piece', [2, 7], (x) => slicing.chunk(x, 3, 1)],
  ['chunk', 'more pieces than elements', [2], (x) => slicing.chunk(x, 5)],
  ['pad', 'one axis', [3], (x) => assembly.pad(x, [[1, 2]])],
  [
    'pad',
    'two axes with a number',
    [2, 3],
    (x) =>
      assembly.pad(
        x,
        [
          [0, 1],
          [2, 0],
        ],
        { value: -1.5 },
      ),
  ],
  ['pad', 'negative padding crops', [5], (x) => assembly.pad(x, [[-1, 2]])],
  ['pad', 'nothing around', [0], (x) => assembly.pad(x, [[2, 3]], { value: 1 })],
  [
    'pad',
    'rank 4',
    [1, 2, 3, 3],
    (x) =>
      assembly.pad(x, [
        [0, 0],
        [0, 0],
        [1, 1],
        [2, 2],
      ]),
  ],
  ['pad', 'no padding', [3], (x) => assembly.pad(x, [[0, 0]])],
  ['flip', 'one axis', [5], (x) => slicing.flip(x, 0)],
  ['flip', 'two of three axes', [2, 3, 4], (x) => slicing.flip(x, [0, -1])],
  ['flip', 'no element', [0, 3], (x) => slicing.flip(x, 0)],
  ['tile', 'one axis', [3], (x) => assembly.tile(x, [2])],
  ['tile', 'two axes', [2, 3], (x) => assembly.tile(x, [2, 3])],
  ['tile', 'more axes than the tensor', [3], (x) => assembly.tile(x, [2, 1, 2])],
  ['tile', 'fewer axes than the tensor', [2, 3], (x) => assembly.tile(x, [2])],
  ['tile', 'no times', [2, 3], (x) => assembly.tile(x, [0, 1])],
]

const views: readonly InputView[] = ['transposed', 'reversed', 'sliced', 'flipped', 'offset']

/** Ops on views: a copy may or may not be needed. */
const onViews: readonly (readonly [op: string, run: Run])[] = [
  ['reshape', (x) => movement.reshape(x, [4, 3, 2])],
  ['flatten', (x) => movement.flatten(x, 1)],
  ['permute', (x) => movement.permute(x, [1, 2, 0])],
  ['unsqueeze', (x) => movement.unsqueeze(x, 1)],
  ['squeeze', (x) => movement.squeeze(slicing.narrow(x, 1, 1, 1))],
  ['broadcastTo', (x) => movement.broadcastTo(x, [2, 2, 3, 4])],
  ['slice', (x) => slicing.slice(x, [0, 2, 1], [2, 0, 4], [1, -1, 2])],
  ['narrow', (x) => slicing.narrow(x, 2, 1, 2)],
  ['select', (x) => slicing.select(x, 1, 2)],
  ['split', (x) => slicing.split(x, 2, 2)],
  [
    'pad',
    (x) =>
      assembly.pad(
        x,
        [
          [1, 0],
          [0, 2],
          [1, 1],
        ],
        { value: 1 },
      ),
  ],
  ['flip', (x) => slicing.flip(x, [1, 2])],
  ['tile', (x) => assembly.tile(x, [1, 2, 2])],
]

/** Ops that only move elements. */
export const movementSamples: readonly OpSample[] = [
  ...uses.map(([op, name, shape, run]) => smooth(op, name, [real(shape)], run, exact)),
  ...views.flatMap((view) =>
    onViews.map(([op, run]) => smooth(op, `a ${view} view`, [real([2, 3, 4], { view })], run, exact)),
  ),
  ...onViews.flatMap(([op, run]) => [
    smooth(op, 'int32', [whole([2, 3, 4], { view: 'reversed' })], run, exact),
    smooth(op, 'bool', [truth([2, 3, 4], { view: 'flipped' })], run, exact),
  ]),
  smooth('reshape', 'a repeated view', [repeated(4, [6])], (x) => movement.reshape(x, [2, 3, 4]), exact),
  smooth('tile', 'a repeated view', [repeated(4, [2])], (x) => assembly.tile(x, [1, 2]), exact),
  smooth('chunk', 'a reversed view', [real([2, 3, 4], { view: 'reversed' })], (x) => slicing.chunk(x, 2, 2), exact),
  smooth('transpose', 'int32', [whole([2, 3])], (x) => movement.transpose(x, 0, 1), exact),
  convention(
    'pad',
    'with −∞',
    [given([1])],
    (x) => assembly.pad(x, [[1, 1]], { value: -Infinity }),
    { outputs: [[-Infinity, 1, -Infinity]], gradients: [[1]] },
    exact,
  ),
  convention(
    'broadcastTo',
    'gradients sum over the repeats',
    [given([1, 2], [2, 1])],
    (x) => movement.broadcastTo(x, [3, 2, 2]),
    {
      outputs: [[1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2]],
      gradients: [[6, 6]],
    },
    exact,
  ),
]
