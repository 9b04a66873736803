import { type Expression, input, scalarOps, type ScalarOp } from '@chainrule/tensor'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { compileExpression } from '../testing/evaluate-expression.js'
import { featureSets } from '../testing/run-plan.js'
import { referenceMap } from '../testing/reference-run.js'

// Millions of numbers, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 })

/** Functions of one number, the float64 function they are held against, and the largest errors allowed, in ulp. */
const functions: readonly (readonly [ScalarOp, (x: number) => number, float32: number, float64: number])[] = [
  ['exp', Math.exp, 1.1, 1],
  ['expm1', Math.expm1, 1.7, 2],
  ['log', Math.log, 1, 1],
  ['log1p', Math.log1p, 1, 1],
  ['tanh', Math.tanh, 1.3, 4],
  ['sigmoid', (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))), 2, 2],
  ['sin', Math.sin, 1.6, 3],
  ['cos', Math.cos, 1.6, 3],
  ['atan', Math.atan, 1.9, 1],
]

const specials = [0, -0, NaN, Infinity, -Infinity, 1, -1, 0.5, -0.5, 88.8, -104, 710, -746, 1e-45, -1e-45, 1e-38, 3e38]

/** Distance between neighbouring floats around a number. */
const ulp = (x: number, mantissa: number, smallestExponent: number): number => {
  const size = Math.abs(x)
  let exponent = Math.floor(Math.log2(size))
  if (2 ** exponent > size) exponent--
  return 2 ** (Math.max(smallestExponent, exponent) - mantissa)
}
const ulp32 = (x: number): number => ulp(x, 23, -126)
const ulp64 = (x: number): number => ulp(x, 52, -1022)

const isInfiniteOrNaN = (x: number): boolean => !Number.isFinite(x)

/** Where a function errs most, in ulp of the exact value; zeros, infinities and NaN must be exact, and so the sign of zero. */
class Worst {
  error = 0
  at: readonly number[] = []

  take(actual: number, exact: number, rounded: number, unit: (x: number) => number, at: readonly number[]): void {
    if (Object.is(actual, rounded)) return
    if (isInfiniteOrNaN(actual) || isInfiniteOrNaN(rounded) || (actual === 0 && rounded === 0)) {
      // Close to where results overflow either neighbour will do.
      const overflows = Math.abs(exact) > 3.402823e38 && Math.abs(exact) < 3.402825e38
      if (!overflows) expect({ at, value: actual }).toEqual({ at, value: rounded })
      return
    }
    const error = Math.abs(actual - exact) / unit(exact)
    if (error > this.error) {
      this.error = error
      this.at = at
    }
  }
}

const table: string[] = []

const report = (name: string, dtype: string, engine: string, { error, at }: Worst): void => {
  table.push(`${name.padEnd(8)} ${dtype} ${engine.padEnd(8)} ${error.toFixed(2).padStart(5)} ulp at ${at.join(', ')}`)
}

const builders = scalarOps as unknown as Record<string, (...operands: Expression[]) => Expression>

const expressionOf = (op: ScalarOp, dtype: 'float32' | 'float64', arity: number): Expression => {
  const build = builders[op]
  if (build === undefined) throw new Error(`There is no ${op}.`)
  return build(...Array.from({ length: arity }, (_, position) => input(position, dtype)))
}

const batch = 1 << 16

/** Numbers of any size: for each of a few ranges as many drawn from it, then bit patterns. */
const doubles = (): Float64Array => {
  const values = new Float64Array(batch)
  const bits = new BigUint64Array(values.buffer)
  let state = 88172645463325252n
  const draw = (): bigint => {
    state ^= BigInt.asUintN(64, state << 13n)
    state ^= state >> 7n
    state ^= BigInt.asUintN(64, state << 17n)
    return state
  }
  const ranges = [2, 40, 2000, 4e6]
  for (let at = 0; at < batch; at++) {
    const range = ranges[at % 8]
    if (range === undefined) bits[at] = draw()
    else values[at] = (Number(draw()) / 2 ** 64 - 0.5) * range
  }
  values.set(specials)
  return values
}

afterAll(() => {
  console.log(table.join('\n'))
})

describe.each(Object.entries(featureSets))('on an engine with %s', (engine, features) => {
  it.each(functions)('%s of float32 is exact to the stated error over the whole range', (name, reference, bound) => {
    const evaluate = compileExpression(expressionOf(name, 'float32', 1), ['float32'], features)
    const worst = new Worst()
    const values = new Float32Array(batch)
    const bits = new Uint32Array(values.buffer)
    // Every 4999th bit pattern, NaN and subnormals included; the special values first.
    const step = 4999
    let next = 0
    while (next < 2 ** 32) {
      values.set(specials)
      for (let at = specials.length; at < batch; at++, next += step) bits[at] = next % 2 ** 32
      const results = evaluate([values])
      for (let at = 0; at < batch; at++) {
        const x = values[at] ?? 0
        const exact = reference(x)
        worst.take(results[at] ?? 0, exact, Math.fround(exact), ulp32, [x])
      }
    }
    report(name, 'float32', engine, worst)
    expect(worst.error).toBeLessThanOrEqual(bound)
  })

  // The functions of Math err by up to 1 ulp themselves.
  it.each(functions)('%s of float64 is exact to the stated error', (name, reference, _, bound) => {
    const evaluate = compileExpression(expressionOf(name, 'float64', 1), ['float64'], features)
    const worst = new Worst()
    const values = doubles()
    const results = evaluate([values])
    for (let at = 0; at < batch; at++) {
      const x = values[at] ?? 0
      const exact = reference(x)
      worst.take(results[at] ?? 0, exact, exact, ulp64, [x])
    }
    report(name, 'float64', engine, worst)
    expect(worst.error).toBeLessThanOrEqual(bound)
  })

  it('erf is exact to 1.9 ulp in float32 and 4 in float64', () => {
    for (const [dtype, unit, round, bound] of [
      ['float32', ulp32, Math.fround, 1.9],
      ['float64', ulp64, (x: number) => x, 4],
    ] as const) {
      const expression = expressionOf('erf', dtype, 1)
      const evaluate = compileExpression(expression, [dtype], features)
      const worst = new Worst()
      for (let part = 0; part < 8; part++) {
        const values = dtype === 'float32' ? new Float32Array(batch) : new Float64Array(batch)
        for (let at = 0; at < batch; at++) values[at] = ((at * 8 + part) / batch - 4) * (at % 3 === 0 ? 1e-3 : 1.6)
        values.set(specials)
        const results = evaluate([values])
        // The reference device has erf in float64, to about 1 ulp.
        const exact = referenceMap(expressionOf('erf', 'float64', 1), [Float64Array.from(values)])
        for (let at = 0; at < batch; at++) {
          worst.take(results[at] ?? 0, exact[at] ?? 0, round(exact[at] ?? 0), unit, [values[at] ?? 0])
        }
      }
      report('erf', dtype, engine, worst)
      expect(worst.error).toBeLessThanOrEqual(bound)
    }
  })

  it('pow is exact to 1 ulp in float32 and 2 in float64, with the special cases of IEEE 754', () => {
    for (const [dtype, unit, round, bound] of [
      ['float32', ulp32, Math.fround, 1],
      ['float64', ulp64, (x: number) => x, 2],
    ] as const) {
      const make = (): Float32Array | Float64Array =>
        dtype === 'float32' ? new Float32Array(batch) : new Float64Array(batch)
      const evaluate = compileExpression(expressionOf('pow', dtype, 2), [dtype, dtype], features)
      const worst = new Worst()
      const some = doubles()
      const exponents = [...specials, 2, 3, -3, 1.5, -2.25, 31, 1 / 3]
      const [bases, powers] = [make(), make()]
      for (let at = 0; at < batch; at++) {
        const x = some[at] ?? 0
        // Bases near 1 have the logarithms that are hardest to get right.
        bases[at] = [specials[at % specials.length] ?? 0, 1 + x * 1e-4, Math.abs(x)][at % 3] ?? 0
        powers[at] = at % 5 < 2 ? (exponents[(at >> 3) % exponents.length] ?? 0) : (some[(at * 31) % batch] ?? 0) % 300
      }
      const results = evaluate([bases, powers])
      for (let at = 0; at < batch; at++) {
        const [x, y] = [bases[at] ?? 0, powers[at] ?? 0]
        const exact = x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y)
        worst.take(results[at] ?? 0, exact, round(exact), unit, [x, y])
      }
      report('pow', dtype, engine, worst)
      expect(worst.error).toBeLessThanOrEqual(bound)
    }
  })
})
