import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ArgumentError, einsum, ShapeError, zeros } from '../index.js'
import { coordinatesOf } from '../reference/layouts.fixture.js'
import { at, type Dense, dense, modelOf, tensorOf } from './dense-model.fixture.js'

/** The sum over every letter, read out. */
const naive = (
  terms: readonly string[],
  output: string,
  models: readonly Dense[],
  sizes: ReadonlyMap<string, number>,
): Dense => {
  const letters = [...sizes.keys()]
  const inner = letters.filter((letter) => !output.includes(letter))
  const lengths = (list: readonly string[]): number[] => list.map((letter) => sizes.get(letter) ?? 1)
  return dense(lengths([...output]), (coordinate) => {
    let sum = 0
    for (const rest of coordinatesOf(lengths(inner))) {
      const place = new Map([
        ...[...output].map((letter, axis) => [letter, coordinate[axis] ?? 0] as const),
        ...inner.map((letter, axis) => [letter, rest[axis] ?? 0] as const),
      ])
      sum += terms.reduce(
        (product, term, operand) =>
          product *
          at(
            models[operand] ?? { shape: [], data: [] },
            [...term].map((letter) => place.get(letter) ?? 0),
          ),
        1,
      )
    }
    return sum
  })
}

const letters = fc.constantFrom('i', 'j', 'k', 'l')

/** Up to three terms of up to three letters (some repeated), sizes of the letters, and an output of some of them. */
const equations = fc
  .record({
    terms: fc.array(fc.array(letters, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
    sizes: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }),
  })
  .chain(({ terms, sizes }) => {
    const used = [...new Set(terms.flat())]
    const named = new Map<string, number>(used.map((letter) => [letter, sizes['ijkl'.indexOf(letter)] ?? 1]))
    return fc.record({
      terms: fc.constant(terms.map((term) => term.join(''))),
      sizes: fc.constant(named),
      output: fc.shuffledSubarray(used).map((list) => list.join('')),
    })
  })

describe('einsum', () => {
  test('multiplies and sums over named axes', () => {
    fc.assert(
      fc.property(equations, ({ terms, sizes, output }) => {
        const models = terms.map((term, operand) => {
          let next = operand
          return dense(
            [...term].map((letter) => sizes.get(letter) ?? 1),
            () => (next++ % 7) - 3,
          )
        })
        const actual = einsum(`${terms.join(',')}->${output}`, ...models.map((model) => tensorOf(model)))
        expect(modelOf(actual)).toEqual(naive(terms, output, models, sizes))
      }),
      { numRuns: 500 },
    )
  })

  test('without an arrow the output has the letters that occur once, in alphabetical order', () => {
    expect(einsum('ba', zeros([2, 3])).shape).toEqual([3, 2])
    expect(einsum('ij,jk', zeros([2, 3]), zeros([3, 4])).shape).toEqual([2, 4])
    expect(einsum('ii', zeros([2, 2])).shape).toEqual([])
    expect(einsum('...ij,...jk', zeros([5, 2, 3]), zeros([5, 3, 4])).shape).toEqual([5, 2, 4])
  })

  test('an ellipsis stands for leading axes, which broadcast', () => {
    expect(einsum('...i,i->...', zeros([2, 3, 4]), zeros([4])).shape).toEqual([2, 3])
    expect(einsum('...ij,...jk->...ik', zeros([7, 1, 2, 3]), zeros([5, 3, 4])).shape).toEqual([7, 5, 2, 4])
    expect(einsum('i...->...i', zeros([2, 3, 4])).shape).toEqual([3, 4, 2])
    expect(einsum('...,->...', zeros([2]), zeros([])).shape).toEqual([2])
  })

  test('axes of size 1 broadcast', () => {
    expect(einsum('ij,ij->ij', zeros([1, 3]), zeros([2, 3])).shape).toEqual([2, 3])
  })

  test.each<readonly [equation: string, shapes: readonly (readonly number[])[], message: string]>([
    ['i1->i', [[2, 2]], "einsum: got 'i1->i', expected letters for axes, such as 'ij,jk->ik' or '...i,...i->...'."],
    ['i->i->i', [[2]], "einsum: got 'i->i->i', expected letters for axes"],
    ['i.j->i', [[2, 2]], 'expected letters for axes'],
    ['ij,jk->ik', [[2, 2]], "einsum: 'ij,jk->ik' has 2 operands, got 1 tensors."],
    ['ij->k', [[2, 2]], "einsum: the output of 'ij->k' may name each letter of the operands once, and no other."],
    ['ij->ii', [[2, 2]], "einsum: the output of 'ij->ii' may name each letter"],
    ['ijk...->i', [[2, 2]], "einsum: 'ijk...->i' names more axes than an operand of rank 2 has."],
  ])('refuses %s', (equation, shapes, message) => {
    const run = (): unknown => einsum(equation, ...shapes.map((shape) => zeros(shape)))
    expect(run).toThrow(ArgumentError)
    expect(run).toThrow(message)
  })

  test.each<readonly [equation: string, shapes: readonly (readonly number[])[], message: string]>([
    ['ijk->i', [[2, 2]], "einsum: operand 0 of 'ijk->i' has shape [2, 2], expected 3 axes."],
    [
      'ij,jk->ik',
      [
        [2, 3],
        [4, 5],
      ],
      "einsum: axis 'j' of 'ij,jk->ik' has sizes 3 and 4, expected one size.",
    ],
    ['ii->i', [[2, 3]], "einsum: axis 'i' of 'ii->i' has sizes 2 and 3, expected one size."],
  ])('refuses shapes that do not fit %s', (equation, shapes, message) => {
    const run = (): unknown => einsum(equation, ...shapes.map((shape) => zeros(shape)))
    expect(run).toThrow(ShapeError)
    expect(run).toThrow(message)
  })
})
