import { einsum } from '../../ops/einsum.js'
import { convention, type OpSample, smooth } from '../op-sample.js'
import { given, real, whole } from '../sample-data.js'

const equations: readonly (readonly [equation: string, ...shapes: readonly (readonly number[])[]])[] = [
  ['ij->ji', [3, 4]],
  ['ij->', [3, 4]],
  ['ij->i', [3, 4]],
  ['ij->j', [3, 4]],
  ['ii->', [4, 4]],
  ['ii->i', [4, 4]],
  ['iji->j', [3, 4, 3]],
  ['i,i->', [5], [5]],
  ['i,i', [5], [5]],
  ['i,i->i', [5], [5]],
  ['i,j->ij', [3], [4]],
  ['ij,jk->ik', [3, 4], [4, 5]],
  ['ij,jk', [3, 4], [4, 5]],
  ['ij,kj->ik', [3, 4], [5, 4]],
  ['ji,jk->ik', [4, 3], [4, 5]],
  ['ij,jk->ki', [3, 4], [4, 5]],
  ['ij,j->i', [3, 4], [4]],
  ['ij,ij->ij', [3, 4], [3, 4]],
  ['ij,ij->', [3, 4], [3, 4]],
  ['bij,bjk->bik', [2, 3, 4], [2, 4, 5]],
  ['bij,bjk->ik', [2, 3, 4], [2, 4, 5]],
  ['bhqd,bhkd->bhqk', [2, 2, 3, 4], [2, 2, 5, 4]],
  ['...ij,...jk->...ik', [2, 3, 4], [2, 4, 5]],
  ['...ij,jk->...ik', [2, 2, 3, 4], [4, 5]],
  ['...i,...i->...', [2, 3, 4], [2, 3, 4]],
  ['i...->...', [3, 2, 2]],
  ['ij,jk,kl->il', [2, 3], [3, 4], [4, 5]],
  ['i,ij,j->', [3], [3, 4], [4]],
  ['ijk,ijl->kl', [2, 3, 4], [2, 3, 5]],
  ['ij,kl->ijkl', [2, 3], [4, 2]],
  ['ij,jk->ik', [3, 0], [0, 4]],
  ['ij,jk->ik', [0, 3], [3, 4]],
  ['ij,jk->ik', [3, 1], [4, 5]],
  ['ij,ij->i', [1, 4], [3, 4]],
  ['ij,jk->ik', [33, 17], [17, 9]],
]

const sums = { tolerance: 'contraction' } as const

/** Sums of products over named axes. */
export const einsumSamples: readonly OpSample[] = [
  ...equations.map(([equation, ...shapes]) =>
    smooth(
      'einsum',
      `${equation} of ${shapes.map((shape) => `[${shape.join(', ')}]`).join(', ')}`,
      shapes.map((shape, place) => real(shape, { low: -1, high: 2, seed: place + 1 })),
      (...operands) => einsum(equation, ...operands),
      sums,
    ),
  ),
  smooth(
    'einsum',
    'views',
    [real([4, 3], { view: 'transposed' }), real([3, 5], { view: 'sliced', seed: 2 })],
    (a, b) => einsum('ij,jk->ik', a, b),
    sums,
  ),
  smooth('einsum', 'int32', [whole([3, 4]), whole([4, 5], { seed: 2 })], (a, b) => einsum('ij,jk->ik', a, b), {
    tolerance: 'exact',
  }),
  convention('einsum', 'a trace', [given([1, 2, 3, 4], [2, 2])], (x) => einsum('ii', x), {
    outputs: [[5]],
    gradients: [[1, 0, 0, 1]],
  }),
]
