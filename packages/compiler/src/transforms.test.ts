import { checkpoint, grad, hessian, jacobian, jvp, Parameter, vjp, zerothOrderGradient } from '@chainrule/autograd'
import { keptMean, manualSeed, mul, rand, sub, tensor, type Tensor, zeros } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { compile } from './compile.js'

const double = (data: readonly number[]): Tensor => tensor(data, { dtype: 'float64' })
const numbers = (x: Tensor): number[] => Array.from(x.dataSync())

const transforms: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
  ['grad, with its argument as a constant as well', (x) => grad((y) => mul(x, y).sum())(x)],
  ['grad of grad', (x) => grad((y) => grad((z) => mul(z.exp(), y).sum())(y).sum())(x)],
  ['jvp', (x) => jvp((y: Tensor) => mul(y.exp(), x), x, x).tangent],
  ['hessian', (x) => hessian((y) => y.tanh().sum().square())(x)],
  ['jacobian', (x) => jacobian((y) => y.softmax(0), { mode: 'forward' })(x)],
  ['vjp of one tensor at two places', (x) => vjp((a: Tensor, b: Tensor) => mul(a.square(), b), x, x).pullback(x)[0]],
  [
    'two pulls over one run',
    (x) => {
      const { pullback } = vjp((y: Tensor) => y.square(), x)
      return pullback(x).add(pullback(x))
    },
  ],
  ['an estimate from random directions', (x) => zerothOrderGradient((y) => y.exp().sum(), x, { samples: 3, seed: 1 })],
  ['gradients of meanings', (x) => grad((y) => mul(y.prod(), y.mean()))(x)],
  ['checkpoint', (x) => grad((y) => checkpoint((z) => mul(z.sin().exp(), x))(y).sum())(x)],
  [
    'checkpoint of one tensor at two places that is used elsewhere too',
    (x) =>
      grad((y) =>
        checkpoint((a: Tensor, b: Tensor) => mul(a.tanh(), b))(y, y)
          .add(y)
          .sum(),
      )(x),
  ],
  [
    'second derivatives through checkpoint',
    (x) => grad((y) => grad((z) => checkpoint((at) => at.sin().exp())(z).sum())(y).sum())(x),
  ],
]

describe('a compiled transform gives the bits of the eager one', () => {
  it.each(transforms)('%s', (_, transform) => {
    const compiled = compile(transform)
    for (const x of [double([0.3, -0.7, 1.2]), double([0.1, 0.2, 0.4])]) {
      expect(numbers(compiled(x))).toEqual(numbers(transform(x)))
    }
  })

  it.each<readonly [string, (x: Tensor) => Tensor, Tensor]>([
    ['logSumExp of −∞', (x) => x.logSumExp(), double([-Infinity, -Infinity])],
    ['the mean of nothing', (x) => x.mean(), zeros([0], { dtype: 'float64' })],
    ['a mean where no target counts', (x) => keptMean(x, tensor([7, 7], { dtype: 'int32' }), 7), double([1, 2])],
  ])('the tangent of %s, 0', (_, f, at) => {
    const compiled = compile((x: Tensor) => jvp(f, x, zeros(x.shape, { dtype: 'float64' }).add(1)).tangent)
    // The second run is a replay.
    expect([numbers(compiled(at)), numbers(compiled(at))]).toEqual([[0], [0]])
  })

  it('a step with a checkpoint that draws', () => {
    const train = () => {
      const weight = new Parameter(double([1, 2, 3]))
      const block = checkpoint((x: Tensor) => mul(mul(weight, x).sin(), rand([3], { dtype: 'float64' })))
      const step = (): Tensor => {
        const loss = block(double([1, 2, 3])).sum()
        loss.backward()
        if (weight.grad !== undefined) weight.assign(sub(weight, weight.grad))
        weight.grad = undefined
        return loss
      }
      return { weight, step }
    }
    const [eager, replayed] = [train(), train()]
    const compiled = compile(replayed.step)
    manualSeed(3)
    const expected = [0, 1, 2].map(() => numbers(eager.step()))
    manualSeed(3)
    expect([0, 1, 2].map(() => numbers(compiled()))).toEqual(expected)
    expect(numbers(replayed.weight)).toEqual(numbers(eager.weight))
  })
})

it('backward in a compiled function leaves its constants to the user', () => {
  const mask = double([1, 0, 1])
  const weight = new Parameter(double([1, 2, 3]))
  const step = compile(() => {
    const loss = mul(mul(weight, mask), weight).sum()
    loss.backward()
    weight.grad = undefined
    return loss
  })
  expect([numbers(step()), numbers(step())]).toEqual([[10], [10]])
  expect(numbers(mask)).toEqual([1, 0, 1])
})
