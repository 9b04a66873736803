import { Parameter } from '@chainrule/autograd'
import { add, maximum, softmax, sum, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { Linear, LogSoftmax, Module, ReLU } from './index.js'

/** Two copies of its input. */
class Duplicate extends Module {
  forward(x: Tensor): readonly [Tensor, Tensor] {
    return [x, x]
  }
}

/** The sum of two inputs. */
class Add extends Module {
  forward(x: Tensor, y: Tensor): Tensor {
    return add(x, y)
  }
}

/** The greater of two inputs. */
class Max extends Module {
  forward(x: Tensor, y: Tensor): Tensor {
    return maximum(x, y)
  }
}

const doubles = (numbers: readonly number[]): Parameter => new Parameter(tensor(Float64Array.from(numbers)))
const list = (x: Tensor | undefined): readonly number[] => [...(x?.dataSync() ?? [])]

describe('row 6 of the notes: the module zoo with its gradients', () => {
  it('Linear: Y = W X, dX = Wᵀ dY', () => {
    const layer = new Linear(3, 2, { bias: false, dtype: 'float64' })
    layer.weight.assign(tensor(new Float64Array([1, 2, 3, 4, 5, 6]), { shape: [2, 3] }))
    const x = doubles([1, -1, 2])
    const y = layer.forward(x)
    expect(list(y)).toEqual([5, 11])
    y.backward({ gradient: doubles([10, 1]) })
    expect(list(x.grad)).toEqual([14, 25, 36])
  })

  it('ReLU: dX = dY above 0, else 0, and 0 at 0 itself', () => {
    const x = doubles([-2, 0, 3])
    const y = new ReLU().forward(x)
    expect(list(y)).toEqual([0, 0, 3])
    y.backward({ gradient: doubles([5, 6, 7]) })
    expect(list(x.grad)).toEqual([0, 0, 7])
  })

  it('Duplicate: dX = dY₁ + dY₂', () => {
    const x = doubles([1, 2])
    const [first, second] = new Duplicate().forward(x)
    add(first.mul(10), second.mul(3)).sum().backward()
    expect(list(x.grad)).toEqual([13, 13])
  })

  it('Add: dX₁ = dY and dX₂ = dY', () => {
    const [x, y] = [doubles([1, 2]), doubles([3, 4])]
    const result = new Add().forward(x, y)
    expect(list(result)).toEqual([4, 6])
    result.backward({ gradient: doubles([7, 8]) })
    expect([list(x.grad), list(y.grad)]).toEqual([
      [7, 8],
      [7, 8],
    ])
  })

  it('Max: dY goes to the greater input, and is shared equally at a tie', () => {
    const [x, y] = [doubles([5, 1, 2]), doubles([1, 5, 2])]
    const result = new Max().forward(x, y)
    expect(list(result)).toEqual([5, 5, 2])
    result.backward({ gradient: doubles([3, 4, 6]) })
    expect([list(x.grad), list(y.grad)]).toEqual([
      [3, 0, 3],
      [0, 4, 3],
    ])
  })

  it('LogSoftmax: Yᵢ = Xᵢ − ln Σ e^Xⱼ, dXⱼ = dYⱼ − softmax(X)ⱼ Σ dYᵢ', () => {
    const x = doubles([0.5, -1, 2])
    const y = new LogSoftmax(0).forward(x)
    const total = Math.log(list(x).reduce((sumOfExponentials, value) => sumOfExponentials + Math.exp(value), 0))
    list(y).forEach((value, place) => {
      expect(value).toBeCloseTo((list(x)[place] ?? 0) - total, 14)
    })
    const gradient = doubles([1, 2, -0.5])
    y.backward({ gradient })
    const expected = list(gradient.sub(softmax(x, 0).mul(sum(gradient))))
    list(x.grad).forEach((value, place) => {
      expect(value).toBeCloseTo(expected[place] ?? 0, 14)
    })
  })
})
