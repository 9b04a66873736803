import { add, less, like, mul, sub, where } from '../../expression/builders.js'
import { defineElementwise } from '../../ops/define-elementwise.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { givenWhole, real, truth } from '../sample-data.js'

const blend = defineElementwise({ name: 'blend', meaning: (x, y, share) => add(x, mul(share, sub(y, x))) })

const bent = defineElementwise({
  name: 'bent',
  meaning: (x, slope) => where(less(x, like(x, 0)), mul(slope, x), mul(x, x)),
})

// Differences of numbers of one size cancel, as sums of contracted products do.
const cancelling = { tolerance: 'transcendental' } as const

/** Elementwise ops of one's own. */
export const definedElementwiseSamples: readonly OpSample[] = [
  smooth(
    'defineElementwise',
    'two tensors and a number',
    [real([3, 4]), real([4], { seed: 2 })],
    (x, y) => blend([x, y], [0.3]),
    cancelling,
  ),
  smooth(
    'defineElementwise',
    'views',
    [real([3, 4], { view: 'flipped' }), real([3, 4], { seed: 2, view: 'sliced' })],
    (x, y) => blend([x, y], [0.3]),
    cancelling,
  ),
  smooth('defineElementwise', 'no element', [real([0]), real([0])], (x, y) => blend([x, y], [0.3]), cancelling),
  smooth(
    'defineElementwise',
    'two branches, a transposed view',
    [real([3, 4], { avoid: [0], view: 'transposed' })],
    (x) => bent([x], [0.1]),
  ),
  smooth('defineElementwise', '127 elements', [real([127], { avoid: [0] })], (x) => bent([x], [0.1])),
  smooth('defineElementwise', 'bool and float32', [truth([5]), real([5])], (x, y) => blend([x, y], [0.5]), {
    ...cancelling,
    differentiable: [1],
  }),
  convention(
    'defineElementwise',
    'whole numbers become float32',
    [givenWhole([1, 2])],
    (x) => blend([x, x], [0.5]),
    [1, 2],
  ),
]
