import { exp, rsqrt, sigmoid, softmax, sqrt, sum, tanh, type Tensor, tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { grad, jvp, vjp } from './index.js'

const point = tensor(new Float64Array([0.3, 1.2, 0.7]))
const seed = tensor(new Float64Array([1, 0.5, -0.3]))
const direction = tensor(new Float64Array([0.2, -0.4, 1]))

/** Ops whose first derivative is written with their own result. */
const ops: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
  ['sqrt', sqrt],
  ['rsqrt', rsqrt],
  ['exp', exp],
  ['tanh', tanh],
  ['sigmoid', sigmoid],
  ['softmax', (x) => softmax(x, 0)],
]

/** Central differences of step 1e-5: their error is of order 1e-10, and less than 1e-8 at these points. */
const differences = (f: (x: Tensor) => Tensor): Float64Array => {
  const step = 1e-5
  const change = f(point.add(direction.mul(step))).sub(f(point.sub(direction.mul(step))))
  return change.div(2 * step).dataSync() as Float64Array
}

const expectClose = (actual: Tensor, expected: Float64Array): void => {
  actual.dataSync().forEach((value, place) => {
    expect(value).toBeCloseTo(expected[place] ?? Number.NaN, 8)
  })
}

describe.each(ops)('the second derivative of %s', (_, f) => {
  const gradient = (x: Tensor): Tensor => vjp(f, x).pullback(seed)
  const slope = (x: Tensor): Tensor => jvp(f, [x], [seed]).tangent

  it('is right forwards over backwards', () => {
    expectClose(jvp(gradient, [point], [direction]).tangent, differences(gradient))
  })

  it('is right backwards over backwards', () => {
    // A Hessian is symmetric, so its product with the direction is the gradient of gradient · direction.
    expectClose(grad((x: Tensor) => sum(gradient(x).mul(direction)))(point), differences(gradient))
  })

  it('is right forwards over forwards', () => {
    expectClose(jvp(slope, [point], [direction]).tangent, differences(slope))
  })

  it('is right backwards over forwards', () => {
    const found = sum(grad((x: Tensor) => sum(slope(x)))(point).mul(direction))
    expect(found.dataSync()[0]).toBeCloseTo(
      differences(slope).reduce((total, value) => total + value, 0),
      8,
    )
  })
})
