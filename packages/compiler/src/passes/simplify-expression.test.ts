import { constant, type Expression, input, isFloating, scalarOps } from '@chainrule/tensor'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { simplifyExpression } from './simplify-expression.js'

const { abs, add, cast, div, less, maximum, minimum, mul, neg, pow, sub, tanh, where } = scalarOps
const x = input(0, 'float64')
const y = input(1, 'float64')
const number = (value: number): Expression => constant(value, 'float64')
const nothing = (): undefined => undefined

/** What an expression over two float64 inputs is; a second meaning of the primitives used here. */
const valueOf = (node: Expression, inputs: readonly [number, number]): number => {
  if (node.kind === 'input') return inputs[node.input] ?? Number.NaN
  if (node.kind === 'constant') return node.value
  if (node.kind !== 'scalar') throw new Error(`no ${node.kind} here`)
  const [a = Number.NaN, b = Number.NaN, c = Number.NaN] = node.arguments.map((part) => valueOf(part, inputs))
  const meanings: Partial<Record<typeof node.op, number>> = {
    add: a + b,
    sub: a - b,
    mul: a * b,
    div: a / b,
    neg: -a,
    abs: Math.abs(a),
    maximum: Math.max(a, b),
    minimum: Math.min(a, b),
    less: Number(a < b),
    where: a !== 0 ? b : c,
    pow: b === 1 ? a : Math.pow(a, b),
    tanh: Math.tanh(a),
  }
  const value = meanings[node.op]
  if (value === undefined) throw new Error(`no ${node.op} here`)
  return value
}

const special = fc.constantFrom(0, -0, 1, -1, 2, 0.5, Infinity, -Infinity, NaN, 5e-324, 1e308)
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(x, y),
    special.map(number),
    fc
      .tuple(fc.constantFrom(add, sub, mul, div, pow, maximum, minimum), tie('expression'), tie('expression'))
      .map(([op, a, b]) => op(a, b)),
    fc.tuple(fc.constantFrom(neg, abs, tanh), tie('expression')).map(([op, a]) => op(a)),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => where(less(a, b), b, c)),
  ),
}))

describe('simplifyExpression', () => {
  it.each<[string, Expression, Expression]>([
    ['x · 1', mul(x, number(1)), x],
    ['1 · x', mul(number(1), x), x],
    ['x / 1', div(x, number(1)), x],
    ['x − 0', sub(x, number(0)), x],
    ['x + (−0)', add(x, number(-0)), x],
    ['x¹', pow(x, number(1)), x],
    ['−(−x)', neg(neg(x)), x],
    ['|−x|', abs(neg(x)), abs(x)],
    ['max(x, x)', maximum(x, x), x],
    ['a choice between equals', where(less(x, y), x, x), x],
    ['what is inside', tanh(mul(neg(neg(x)), number(1))), tanh(x)],
    ['x + 0, which turns −0 into 0', add(x, number(0)), add(x, number(0))],
    ['x − (−0), which does so too', sub(x, number(-0)), sub(x, number(-0))],
    ['x · 0, which may be NaN', mul(x, number(0)), mul(x, number(0))],
    ['x − x, which may be NaN', sub(x, x), sub(x, x)],
    ['x / x, which may be NaN', div(x, x), div(x, x)],
  ])('%s', (_, before, after) => {
    expect(simplifyExpression(before, nothing)).toBe(after)
  })

  it('puts in the numbers of inputs that are known', () => {
    const known = (leaf: Expression): number | undefined => (leaf.kind === 'input' && leaf.input === 1 ? 1 : undefined)
    expect(simplifyExpression(mul(x, y), known)).toBe(x)
    expect(simplifyExpression(cast(less(y, y), 'float64'), known)).toEqual(cast(less(number(1), number(1)), 'float64'))
  })

  it('keeps the value of random expressions, −0, infinities and NaN included', () => {
    expect(isFloating(x.dtype)).toBe(true)
    fc.assert(
      fc.property(expression, special, special, (root, a, b) => {
        expect(valueOf(simplifyExpression(root, nothing), [a, b])).toBe(valueOf(root, [a, b]))
      }),
      { numRuns: 2000, seed: 31 },
    )
  })
})
