import { ArgumentError, ShapeError } from '../errors.js'
import { requireTensor } from '../require-tensor.js'
import { showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { mul } from './arithmetic.js'
import { eye } from './creation.js'
import { matmul } from './matmul.js'
import { permute, reshape, squeeze } from './movement.js'
import { sum } from './reduction.js'

/** A tensor with a letter for each axis. */
interface Labelled {
  readonly x: Tensor
  readonly labels: string
}

/** Letters for axes under an ellipsis; none of them may appear in an equation. */
const ellipsisLabels = 'ΑΒΓΔΕΖΗΘΙΚΛΜ'

const expandEllipsis = (labels: string, rank: number, equation: string): string => {
  const hidden = rank - (labels.length - 3)
  if (!labels.includes('...')) return labels
  if (hidden < 0) throw new ArgumentError(`einsum: '${equation}' names more axes than an operand of rank ${rank} has.`)
  return labels.replace('...', ellipsisLabels.slice(ellipsisLabels.length - hidden))
}

/** A letter that occurs twice in one operand takes the diagonal: multiply by the identity and sum one of the two out. */
const takeDiagonals = ({ x, labels }: Labelled): Labelled => {
  const repeated = [...labels].findIndex((letter, place) => labels.indexOf(letter) !== place)
  if (repeated < 0) return { x, labels }
  const first = labels.indexOf(labels[repeated] ?? '')
  const size = x.shape[first] ?? 0
  if (size !== x.shape[repeated]) {
    throw new ShapeError(`einsum: the repeated axis '${labels[first]}' has sizes ${size} and ${x.shape[repeated]}.`)
  }
  const mask = reshape(
    eye(size, { dtype: x.dtype, device: x.device }),
    x.shape.map((length, place) => (place === first || place === repeated ? length : 1)),
  )
  const diagonal = sum(mul(x, mask), repeated)
  return takeDiagonals({ x: diagonal, labels: labels.slice(0, repeated) + labels.slice(repeated + 1) })
}

/** Sums out letters that nobody else needs. */
const sumAway = ({ x, labels }: Labelled, needed: string): Labelled => {
  const axes = [...labels].flatMap((letter, place) => (needed.includes(letter) ? [] : [place]))
  if (axes.length === 0) return { x, labels }
  return { x: sum(x, axes), labels: [...labels].filter((letter) => needed.includes(letter)).join('') }
}

const arrange = ({ x, labels }: Labelled, order: string): Tensor =>
  permute(
    x,
    [...order].map((letter) => labels.indexOf(letter)),
  )

/** Contracts two operands as one batched matrix product; `needed` are the letters that must survive. */
const contract = (left: Labelled, right: Labelled, needed: string, sizes: ReadonlyMap<string, number>): Labelled => {
  const shared = [...left.labels].filter((letter) => right.labels.includes(letter))
  // An axis of size 1 on one side only broadcasts, so it cannot be contracted by a matrix product.
  const a = sumAway(left, right.labels + needed)
  const b = sumAway(right, left.labels + needed)
  const batch = shared.filter((letter) => needed.includes(letter)).join('')
  const inner = shared.filter((letter) => !needed.includes(letter)).join('')
  const rows = [...a.labels].filter((letter) => !shared.includes(letter)).join('')
  const columns = [...b.labels].filter((letter) => !shared.includes(letter)).join('')
  const size = (letters: string): number =>
    [...letters].reduce((product, letter) => product * (sizes.get(letter) ?? 1), 1)
  const lengths = (letters: string): number[] => [...letters].map((letter) => sizes.get(letter) ?? 1)
  const product = matmul(
    reshape(arrange(a, batch + rows + inner), [size(batch), size(rows), size(inner)]),
    reshape(arrange(b, batch + inner + columns), [size(batch), size(inner), size(columns)]),
  )
  const labels = batch + rows + columns
  return { x: reshape(product, lengths(labels)), labels }
}

const parse = (equation: string, operands: readonly Tensor[]): { inputs: Labelled[]; output: string } => {
  const [left = '', right, ...more] = equation.replaceAll(' ', '').split('->')
  const terms = left.split(',')
  const valid = /^[a-zA-Z]*(\.\.\.)?[a-zA-Z]*$/
  if (more.length > 0 || ![...terms, right ?? ''].every((term) => valid.test(term))) {
    throw new ArgumentError(
      `einsum: got '${equation}', expected letters for axes, such as 'ij,jk->ik' or '...i,...i->...'.`,
    )
  }
  if (terms.length !== operands.length) {
    throw new ArgumentError(`einsum: '${equation}' has ${terms.length} operands, got ${operands.length} tensors.`)
  }
  const inputs = operands.map((x, place) => {
    requireTensor('einsum', x)
    const labels = expandEllipsis(terms[place] ?? '', x.rank, equation)
    if (labels.length !== x.rank) {
      throw new ShapeError(
        `einsum: operand ${place} of '${equation}' has shape ${showShape(x.shape)}, expected ${labels.length} axes.`,
      )
    }
    return { x, labels }
  })
  const all = inputs.map(({ labels }) => labels).join('')
  const hidden = [...ellipsisLabels].filter((letter) => all.includes(letter)).join('')
  const once = [...new Set(all)].filter(
    (letter) => all.indexOf(letter) === all.lastIndexOf(letter) && !hidden.includes(letter),
  )
  const output = right === undefined ? hidden + once.sort().join('') : right.replace('...', hidden)
  const unknown = [...output].find((letter) => !all.includes(letter))
  if (unknown !== undefined || new Set(output).size !== output.length) {
    throw new ArgumentError(
      `einsum: the output of '${equation}' may name each letter of the operands once, and no other.`,
    )
  }
  return { inputs, output }
}

/**
 * Sums of products over named axes (Einstein's convention): letters name axes, repeated letters are multiplied
 * together, letters missing from the output are summed over. `...` stands for any leading axes.
 *
 * @param equation - such as `'bij,bjk->bik'`; without `->` the output has the letters that occur once, in order
 * @param operands - one tensor for each term
 * @returns the result
 * @throws ArgumentError when the equation is malformed; ShapeError when sizes disagree
 * @see https://pytorch.org/docs/stable/generated/torch.einsum.html
 *
 * @example
 * ```ts
 * import { einsum, tensor } from '@chainrule/tensor'
 * const a = tensor([[1, 2], [3, 4]])
 * console.log(einsum('ij->ji', a).toString())
 * // tensor([[1, 3],
 * //         [2, 4]], float32)
 * ```
 */
export const einsum = (equation: string, ...operands: readonly Tensor[]): Tensor => {
  const { inputs, output } = parse(equation, operands)
  const sizes = new Map<string, number>()
  for (const { x, labels } of inputs) {
    ;[...labels].forEach((letter, axis) => {
      const size = x.shape[axis] ?? 1
      const known = sizes.get(letter) ?? 1
      if (known !== 1 && size !== 1 && known !== size) {
        throw new ShapeError(
          `einsum: axis '${letter}' of '${equation}' has sizes ${known} and ${size}, expected one size.`,
        )
      }
      sizes.set(letter, known === 1 ? size : known)
    })
  }
  // An axis of size 1 that broadcasts against a larger one leaves its operand.
  const terms = inputs.map(takeDiagonals).map(({ x, labels }) => {
    const alone = [...labels].flatMap((letter, axis) => (x.shape[axis] === 1 && sizes.get(letter) !== 1 ? [axis] : []))
    return { x: squeeze(x, alone), labels: [...labels].filter((_, axis) => !alone.includes(axis)).join('') }
  })
  const result = terms.reduce((done, term, place) =>
    contract(
      done,
      term,
      output +
        terms
          .slice(place + 1)
          .map(({ labels }) => labels)
          .join(''),
      sizes,
    ),
  )
  return arrange(sumAway(result, output), output)
}
