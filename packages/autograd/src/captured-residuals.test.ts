import { compile } from '@chainrule/compiler'
import { tensor } from '@chainrule/tensor'
import { expect, it } from 'vitest'
import { Parameter } from './index.js'

it('backward inside a compiled function leaves the tensors of the user and of the result alone', () => {
  const weight = new Parameter([1, 2])
  const factor = tensor([3, 4])
  const step = compile(() => {
    weight.grad = undefined
    // The product keeps the factor for its gradient, the exponential its result.
    const result = weight.mul(factor).exp()
    result.sum().backward()
    return result
  })
  const expected = new Float32Array([Math.exp(3), Math.exp(8)])
  for (let call = 0; call < 2; call++) {
    step()
      .dataSync()
      .forEach((value, place) => {
        // Two roundings of an exponential, one unit each.
        expect(Math.abs(value - (expected[place] ?? 0))).toBeLessThanOrEqual(2 ** -22 * value)
      })
    expect([...factor.dataSync()]).toEqual([3, 4])
  }
})
