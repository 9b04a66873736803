import { jvp, vjp } from '@chainrule/autograd'
import { expect } from 'vitest'
import { applyComposite, type Composite, isFloating, type Tensor, tensor } from '../../index.js'

/** Numbers between −2 and 2 without a pattern: the same every time, none of them twice. */
export const real = (shape: readonly number[], seed = 1): Tensor => {
  const size = shape.reduce((product, length) => product * length, 1)
  const values = Float64Array.from({ length: size }, (_, place) => 2 * Math.sin(12.9898 * (place + 1) + 78.233 * seed))
  return tensor(values, { shape })
}

/** Sums of some hundred products in float64 differ in the last digits when their order does. */
const tolerance = 1e-12

const expectSame = (actual: readonly (Tensor | undefined)[], expected: readonly (Tensor | undefined)[]): void => {
  expect(actual.map((each) => each?.shape)).toEqual(expected.map((each) => each?.shape))
  actual.forEach((each, place) => {
    const wanted = expected[place]
    if (each === undefined || wanted === undefined) return
    const numbers = wanted.dataSync()
    each.dataSync().forEach((value, at) => {
      const other = numbers[at] ?? Number.NaN
      const close = Object.is(value, other) || Math.abs(value - other) <= tolerance * Math.max(1, Math.abs(other))
      if (!close) expect.fail(`output ${place}, element ${at}: got ${value}, the meaning has ${other}`)
    })
  })
}

/** The meaning of a composite with no lowering and no derivative of its own. */
const plain = <Options>(composite: Composite<Options>): Composite<Options> => ({
  name: composite.name,
  meaning: (inputs, options) => composite.meaning(inputs, options),
})

/**
 * Compares a composite's lowering with its meaning, and its derivatives backwards and forwards, of first and second
 * order, with those of its meaning.
 */
export const expectMeaning = <Options>(composite: Composite<Options>, inputs: readonly Tensor[], options: Options) => {
  const tracked = inputs.filter(({ dtype }) => isFloating(dtype))
  const run = (how: Composite<Options>) => (operands: readonly Tensor[]) => {
    const rest = [...operands]
    return [
      ...applyComposite(
        how,
        inputs.map((each) => (isFloating(each.dtype) ? (rest.shift() ?? each) : each)),
        options,
      ),
    ]
  }
  const lowered = run(composite)
  const meant = run(plain(composite))
  expectSame(lowered(inputs.filter(({ dtype }) => isFloating(dtype))), meant(tracked))

  const seeds = meant(tracked).map(({ shape }, place) => real(shape, 50 + place))
  const directions = tracked.map(({ shape }, place) => real(shape, 70 + place))
  const gradient = (f: typeof lowered) => (operands: readonly Tensor[]) => {
    const { pullback } = vjp((...each: Tensor[]) => f(each), ...operands)
    const found = pullback(seeds) as unknown
    return (Array.isArray(found) ? found : [found]) as Tensor[]
  }
  const tangent = (f: typeof lowered) => jvp((...each: Tensor[]) => f(each), tracked, directions).tangent
  expectSame(gradient(lowered)(tracked), gradient(meant)(tracked))
  expectSame(tangent(lowered), tangent(meant))
  expectSame(tangent(gradient(lowered)), tangent(gradient(meant)))
}
