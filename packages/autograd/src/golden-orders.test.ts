import { add, isFloating, mul, scope, sub, sum, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { type GoldenCase, goldenCases, runGolden, toTensor } from './golden.fixture.js'
import { grad, jvp, vjp } from './index.js'

/** Smooth cases in float64; at kinks no derivative is the right one, and far points make differences meaningless. */
const smooth = goldenCases.filter(
  ({ name, inputs, gradients }) =>
    !/kink|not-finite|minus-infinity/.test(name) &&
    gradients.some((gradient) => gradient !== null) &&
    inputs.every(({ dtype }) => dtype !== 'float32'),
)

/** Numbers between −1 and 1 that differ from place to place. */
const wave = (like: Tensor, phase: number): Tensor =>
  tensor(
    Array.from({ length: like.size }, (_, place) => Math.sin(1.3 * place + phase)),
    { shape: like.shape, dtype: like.dtype },
  )

interface Differentiable {
  readonly points: readonly Tensor[]
  readonly f: (points: readonly Tensor[]) => Tensor[]
}

/** The op as a function of its floating inputs that have a gradient. */
const differentiable = (golden: GoldenCase): Differentiable => {
  const inputs = golden.inputs.map(toTensor)
  const places = inputs.flatMap((_, place) => (golden.gradients[place] === null ? [] : [place]))
  return {
    points: places.map((place) => inputs[place] as Tensor),
    f: (points) =>
      runGolden(
        golden,
        inputs.map((input, place) => points[places.indexOf(place)] ?? input),
      ).filter(({ dtype }) => isFloating(dtype)),
  }
}

const dot = (left: readonly Tensor[], right: readonly Tensor[]): Tensor =>
  left.map((each, place) => sum(mul(each, right[place] as Tensor))).reduce(add, tensor(0, { dtype: 'float64' }))

const number = (x: Tensor): number => x.dataSync()[0] ?? Number.NaN

describe('forward mode agrees with reverse mode', () => {
  it.each(smooth.map((each) => [each.name, each] as const))('%s', (_, golden) => {
    scope(() => {
      const { points, f } = differentiable(golden)
      const directions = points.map((point, place) => wave(point, place))
      const { value, tangent } = jvp(f, [points], [directions])
      const seeds = value.map((each, place) => wave(each, place + 0.5))
      const gradients = vjp(f, points).pullback(seeds)
      const forward = number(dot(seeds, tangent))
      const reverse = number(dot(gradients, directions))
      // The same products summed in another order: a few rounding errors of float64, of sums of up to a hundred terms.
      expect(Math.abs(forward - reverse)).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(forward)))
    })
  })
})

/** Squares of what is infinite or overflows have no second derivative. */
const bounded = smooth.filter(({ name }) => !/far|masked/.test(name))

describe('second derivatives agree between all orders of modes, and with differences of first ones', () => {
  it.each(bounded.map((each) => [each.name, each] as const))('%s', (_, golden) => {
    scope(() => {
      const { points, f } = differentiable(golden)
      const directions = points.map((point, place) => wave(point, place))
      const others = points.map((point, place) => wave(point, place + 2))
      // Squared, so that linear ops have second derivatives as well.
      const scalar = (x: readonly Tensor[]): Tensor => {
        const results = f(x)
        return dot(
          results.map((each) => mul(each, each)),
          results.map((each, place) => wave(each, place + 0.5)),
        )
      }
      const gradient = grad(scalar)
      const along = (x: readonly Tensor[]): Tensor => dot(gradient(x), directions)
      const forwardOverReverse = number(dot(jvp(gradient, [points], [others]).tangent, directions))
      const reverseOverReverse = number(dot(grad(along)(points), others))
      const reverseOverForward = number(
        dot(grad((x: readonly Tensor[]) => jvp(scalar, [x], [directions]).tangent)(points), others),
      )
      const step = 1e-6
      const moved = (sign: number): readonly Tensor[] =>
        points.map((point, place) => add(point, mul(others[place] as Tensor, sign * step)))
      const difference = number(sub(along(moved(1)), along(moved(-1)))) / (2 * step)
      const scale = Math.max(1, Math.abs(forwardOverReverse))
      expect(Math.abs(reverseOverReverse - forwardOverReverse)).toBeLessThanOrEqual(1e-12 * scale)
      expect(Math.abs(reverseOverForward - forwardOverReverse)).toBeLessThanOrEqual(1e-12 * scale)
      // Truncation step² · f⁗ (1e-12, more near poles) and rounding 1e-16 / step (1e-10, of sums of up to a hundred terms).
      expect(Math.abs(difference - forwardOverReverse)).toBeLessThanOrEqual(1e-7 * scale)
    })
  })
})
