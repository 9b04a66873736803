import { describe, expect, test } from 'vitest'
import { applyOne, type Expression, partialsOf, type Tensor } from '../index.js'
import { input } from '../expression/expression.js'
import { expectClose } from '../testing/expect-close.js'
import { spread, type SpreadOptions } from '../testing/sample-data.js'
import { tensor } from './from-data.js'
import { type ElementwiseName, elementwiseTable } from './elementwise-table.js'

/** erf x = 2/√π Σ (−1)^n x^(2n+1) / (n! (2n + 1)); good to 1e−12 for |x| ≤ 3. */
const erf = (x: number): number => {
  let term = x
  let sum = x
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const truth = (claim: boolean): number => Number(claim)

/** What an op means on the host, and where its operands lie so that it is smooth there. */
interface Meaning {
  readonly host: (...x: readonly number[]) => number
  readonly domains: readonly SpreadOptions[]
}

const anywhere: SpreadOptions = {}
const apart: SpreadOptions = { avoid: [0], margin: 0.1 }
const positive: SpreadOptions = { low: 0.2, high: 4 }
const inside: SpreadOptions = { low: -0.9, high: 0.9 }
const between: SpreadOptions = { low: -2.9, high: 2.9, avoid: [-2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5] }
const higher: SpreadOptions = { low: 3, high: 5 }
const lower: SpreadOptions = { low: -5, high: -3 }

const of = (domains: readonly SpreadOptions[], host: (...x: number[]) => number): Meaning => ({
  domains,
  host: (...x) => host(...x),
})

const meanings: Readonly<Record<ElementwiseName, Meaning>> = {
  add: of([anywhere, anywhere], (x = 0, y = 0) => x + y),
  sub: of([anywhere, anywhere], (x = 0, y = 0) => x - y),
  mul: of([anywhere, anywhere], (x = 0, y = 0) => x * y),
  div: of([anywhere, apart], (x = 0, y = 0) => x / y),
  pow: of([positive, anywhere], (x = 0, y = 0) => Math.pow(x, y)),
  neg: of([anywhere], (x = 0) => -x),
  abs: of([apart], (x = 0) => Math.abs(x)),
  sign: of([apart], (x = 0) => Math.sign(x)),
  exp: of([anywhere], (x = 0) => Math.exp(x)),
  expm1: of([anywhere], (x = 0) => Math.expm1(x)),
  log: of([positive], (x = 0) => Math.log(x)),
  log1p: of([{ low: -0.8, high: 3 }], (x = 0) => Math.log1p(x)),
  sqrt: of([positive], (x = 0) => Math.sqrt(x)),
  rsqrt: of([positive], (x = 0) => 1 / Math.sqrt(x)),
  square: of([anywhere], (x = 0) => x * x),
  reciprocal: of([{ avoid: [0], margin: 0.3 }], (x = 0) => 1 / x),
  sin: of([anywhere], (x = 0) => Math.sin(x)),
  cos: of([anywhere], (x = 0) => Math.cos(x)),
  tan: of([{ low: -1.2, high: 1.2 }], (x = 0) => Math.tan(x)),
  asin: of([inside], (x = 0) => Math.asin(x)),
  acos: of([inside], (x = 0) => Math.acos(x)),
  atan: of([anywhere], (x = 0) => Math.atan(x)),
  sinh: of([{ avoid: [-1, 0, 1] }], (x = 0) => Math.sinh(x)),
  cosh: of([anywhere], (x = 0) => Math.cosh(x)),
  tanh: of([anywhere], (x = 0) => Math.tanh(x)),
  sigmoid: of([anywhere], (x = 0) => sigmoid(x)),
  softplus: of([apart], (x = 0) => Math.log(1 + Math.exp(x))),
  relu: of([apart], (x = 0) => Math.max(x, 0)),
  leakyRelu: of([apart, positive], (x = 0, slope = 0) => (x > 0 ? x : slope * x)),
  elu: of([apart, positive], (x = 0, alpha = 0) => (x > 0 ? x : alpha * (Math.exp(x) - 1))),
  gelu: of([anywhere], (x = 0) => (x / 2) * (1 + erf(x / Math.SQRT2))),
  geluTanh: of([anywhere], (x = 0) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))),
  silu: of([anywhere], (x = 0) => x * sigmoid(x)),
  erf: of([anywhere], (x = 0) => erf(x)),
  floor: of([between], (x = 0) => Math.floor(x)),
  ceil: of([between], (x = 0) => Math.ceil(x)),
  round: of([between], (x = 0) => Math.round(x)),
  clamp: of([{ avoid: [-3, 3] }, lower, higher], (x = 0, low = 0, high = 0) => Math.min(Math.max(x, low), high)),
  clampMin: of([anywhere, lower], (x = 0, low = 0) => Math.max(x, low)),
  clampMax: of([anywhere, higher], (x = 0, high = 0) => Math.min(x, high)),
  maximum: of([anywhere, higher], (x = 0, y = 0) => Math.max(x, y)),
  minimum: of([anywhere, higher], (x = 0, y = 0) => Math.min(x, y)),
  where: of([between, anywhere, anywhere], (condition = 0, x = 0, y = 0) => (condition !== 0 ? x : y)),
  equal: of([anywhere, anywhere], (x = 0, y = 0) => truth(x === y)),
  notEqual: of([anywhere, anywhere], (x = 0, y = 0) => truth(x !== y)),
  less: of([anywhere, anywhere], (x = 0, y = 0) => truth(x < y)),
  lessEqual: of([anywhere, anywhere], (x = 0, y = 0) => truth(x <= y)),
  greater: of([anywhere, anywhere], (x = 0, y = 0) => truth(x > y)),
  greaterEqual: of([anywhere, anywhere], (x = 0, y = 0) => truth(x >= y)),
  logicalAnd: of([anywhere, anywhere], (x = 0, y = 0) => truth(x !== 0 && y !== 0)),
  logicalOr: of([anywhere, anywhere], (x = 0, y = 0) => truth(x !== 0 || y !== 0)),
  logicalNot: of([anywhere], (x = 0) => truth(x === 0)),
  isnan: of([anywhere], (x = 0) => truth(Number.isNaN(x))),
  isinf: of([anywhere], (x = 0) => truth(Math.abs(x) === Infinity)),
  isfinite: of([anywhere], (x = 0) => truth(Number.isFinite(x))),
}

/** Ops whose expressions convert their operands themselves give a bool; the others a float. */
const names = Object.keys(meanings) as ElementwiseName[]
const points = 40

const operandsOf = (name: ElementwiseName): number[][] =>
  meanings[name].domains.map((domain, place) => spread(points, { ...domain, seed: place + 1 }))

const leaves = (name: ElementwiseName): Expression[] =>
  meanings[name].domains.map((_, place) => input(place, 'float64'))

const evaluate = (expression: Expression, operands: readonly (readonly number[])[]): number[] => {
  const inputs: Tensor[] = operands.map((data) => tensor(data, { dtype: 'float64' }))
  const structure = { inputs: inputs.map(({ dtype }) => dtype), outputs: [expression] }
  return [...applyOne('map', inputs, { name: 'evaluated', shape: [points], structure, cells: [] }).dataSync()]
}

const step = 1e-3

/** The five-point central difference (f(x−2h) − 8 f(x−h) + 8 f(x+h) − f(x+2h)) / 12h. */
const numericPartial = (expression: Expression, operands: readonly (readonly number[])[], place: number): number[] => {
  const moved = (by: number): number[] =>
    evaluate(
      expression,
      operands.map((data, other) => (other === place ? data.map((x) => x + by * step) : data)),
    )
  const [a, b, c, d] = [moved(-2), moved(-1), moved(1), moved(2)]
  return a.map((far, at) => (far - 8 * (b[at] ?? 0) + 8 * (c[at] ?? 0) - (d[at] ?? 0)) / (12 * step))
}

// h⁴ f⁽⁵⁾ / 30 is below 1e−9 where |f⁽⁵⁾| < 3e4; rounding adds 1e−16 / h = 1e−13.
const numericError = { relative: 1e-8, absolute: 1e-9 }

describe('every elementwise op', () => {
  test.each(names)('%s means what it should', (name) => {
    const operands = operandsOf(name)
    const expected = operands[0]?.map((_, at) => meanings[name].host(...operands.map((data) => data[at] ?? 0))) ?? []
    // The host's functions and the expressions each err by a few units; the erf series by 1e−12.
    expectClose(
      evaluate(elementwiseTable[name].meaning(...leaves(name)), operands),
      expected,
      { relative: 1e-12, absolute: 1e-12 },
      name,
    )
  })

  test.each(names)('the partials of %s by the chain rule are its slopes', (name) => {
    const operands = operandsOf(name)
    const meaning = elementwiseTable[name].meaning(...leaves(name))
    partialsOf(meaning, operands.length).forEach((partial, place) => {
      const expected =
        meaning.dtype === 'bool' ? new Array<number>(points).fill(0) : numericPartial(meaning, operands, place)
      const actual = partial === undefined ? new Array<number>(points).fill(0) : evaluate(partial, operands)
      expectClose(actual, expected, numericError, `∂${name}/∂(operand ${place})`)
    })
  })

  const written = names.filter((name) => elementwiseTable[name].partials !== undefined)

  test.each(written)('the partials of %s written by hand are its slopes', (name) => {
    const operands = operandsOf(name)
    const meaning = elementwiseTable[name].meaning(...leaves(name))
    const partials = elementwiseTable[name].partials?.(...leaves(name)) ?? []
    expect(partials).toHaveLength(operands.length)
    partials.forEach((partial, place) => {
      const actual = partial === undefined ? new Array<number>(points).fill(0) : evaluate(partial, operands)
      expectClose(actual, numericPartial(meaning, operands, place), numericError, `∂${name}/∂(operand ${place})`)
    })
  })

  test.each(names.filter((name) => elementwiseTable[name].meaning(...leaves(name)).dtype !== 'bool'))(
    'the second partials of %s are the slopes of the first',
    (name) => {
      const operands = operandsOf(name)
      const first =
        elementwiseTable[name].partials?.(...leaves(name)) ??
        partialsOf(elementwiseTable[name].meaning(...leaves(name)), operands.length)
      for (const partial of first) {
        if (partial === undefined) continue
        partialsOf(partial, operands.length).forEach((second, place) => {
          const actual = second === undefined ? new Array<number>(points).fill(0) : evaluate(second, operands)
          expectClose(
            actual,
            numericPartial(partial, operands, place),
            { relative: 1e-7, absolute: 1e-7 },
            `second partial of ${name}`,
          )
        })
      }
    },
  )
})
