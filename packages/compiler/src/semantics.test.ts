import { backward, checkpoint, Parameter } from '@chainrule/autograd'
import {
  cell,
  DisposedError,
  ones,
  setDevice,
  tensor,
  type Tensor,
  zeros,
  GradientError,
  defaultGenerator,
  guard,
  manualSeed,
  memory,
  rand,
  randn,
  scope,
  Variable,
  zerosLike,
} from '@chainrule/tensor'
import { beforeAll, describe, expect, it } from 'vitest'
import { compile } from './index.js'

beforeAll(async () => {
  await setDevice('reference')
})

const numbers = (x: Tensor | undefined): number[] => [...(x?.dataSync() ?? [])]

describe('variables', () => {
  it('are live: a value assigned between replays takes effect', () => {
    const weight = new Parameter([2])
    const scaled = compile((x: Tensor) => x.mul(weight))
    expect(numbers(scaled(tensor([3])))).toEqual([6])
    weight.assign(tensor([5]))
    expect(numbers(scaled(tensor([3])))).toEqual([15])
    expect(scaled.stats().captures).toBe(1)
  })

  it('assigned inside are updated in place when nobody else holds them, and swapped when somebody does', () => {
    const count = new Variable(tensor([1]))
    const step = compile(() => {
      count.assign(count.add(1))
    })
    step()
    const storage = count.storage
    step()
    expect(count.storage).toBe(storage)
    const snapshot = count.detach()
    step()
    expect(count.storage).not.toBe(storage)
    expect(numbers(snapshot)).toEqual([3])
    expect(numbers(count)).toEqual([4])
  })

  it('assigned twice, or read after the assignment, see the overlay', () => {
    const a = new Variable(tensor([1]))
    const step = compile(() => {
      a.assign(a.add(1))
      const middle = a.mul(10)
      a.assign(a.mul(3))
      return middle.add(a)
    })
    expect(numbers(step())).toEqual([26])
    expect(numbers(a)).toEqual([6])
  })

  it('may exchange their values', () => {
    const a = new Variable(tensor([1]))
    const b = new Variable(tensor([2]))
    const swap = compile(() => {
      const old = a.mul(1)
      a.assign(b)
      b.assign(old)
    })
    swap()
    expect([numbers(a), numbers(b)]).toEqual([[2], [1]])
    swap()
    expect([numbers(a), numbers(b)]).toEqual([[1], [2]])
  })

  it('made during the capture start outside it, and go on at the next replay', () => {
    const weight = new Parameter([1, 2])
    let velocity: Variable | undefined
    const step = compile(() => {
      velocity ??= new Variable(zerosLike(weight))
      velocity.assign(velocity.add(1))
    })
    step()
    step()
    expect(numbers(velocity)).toEqual([2, 2])
  })

  it('that were disposed are named in an error', () => {
    const weight = new Parameter([2])
    const scaled = compile((x: Tensor) => x.mul(weight))
    scaled(tensor([1]))
    weight.dispose()
    expect(() => scaled(tensor([1]))).toThrow(DisposedError)
  })
})

describe('outputs', () => {
  it('of one replay do not change at the next', () => {
    const double = compile((x: Tensor) => ({ y: x.mul(2), z: [x.add(1), 'text'] }))
    const first = double(tensor([1, 2]))
    const second = double(tensor([5, 6]))
    expect(numbers(first.y)).toEqual([2, 4])
    expect(numbers(second.y)).toEqual([10, 12])
    expect(numbers(first.z[0] as Tensor)).toEqual([2, 3])
    expect(first.z[1]).toBe('text')
  })

  it('that are arguments, variables or views of them are values of their own', () => {
    const weight = new Parameter([1, 2, 3])
    const f = compile((x: Tensor) => [x, weight.detach(), x.reshape([2, 1]).transpose(0, 1), weight.narrow(0, 1, 2)])
    const [same, value, turned, part] = f(tensor([7, 8]))
    weight.assign(tensor([0, 0, 0]))
    expect([numbers(same), numbers(value), numbers(turned), numbers(part)]).toEqual([
      [7, 8],
      [1, 2, 3],
      [7, 8],
      [2, 3],
    ])
  })

  it('survive the scope that returns them', () => {
    const f = compile((x: Tensor) => x.mul(2))
    const y = scope(() => f(ones([3])))
    expect(numbers(y)).toEqual([2, 2, 2])
  })
})

describe('cells and guards', () => {
  it('reads cells anew at every replay, in the order of the code', () => {
    const count = cell(0)
    const rate = cell(() => 10 * count.value)
    const f = compile((x: Tensor) => {
      const before = x.mul(rate)
      count.set(() => count.value + 1)
      return [before, x.mul(rate)]
    })
    const results = [1, 2, 3].map(() => f(ones([1])).map(numbers))
    expect(results).toEqual([
      [[0], [10]],
      [[10], [20]],
      [[20], [30]],
    ])
    expect(count.value).toBe(3)
  })

  it('tells −0 from 0', () => {
    const f = compile((x: Tensor) => [x.mul(0), x.mul(-0)])
    expect(f(ones([1])).map(numbers)).toEqual([[0], [-0]])
  })

  it('draws the random numbers of eager code', () => {
    const f = (x: Tensor): Tensor => x.add(rand([5])).mul(randn([5]))
    const compiled = compile(f)
    manualSeed(4)
    const eager = [1, 2, 3].map(() => numbers(f(zeros([5]))))
    const state = defaultGenerator.state
    manualSeed(4)
    expect([1, 2, 3].map(() => numbers(compiled(zeros([5]))))).toEqual(eager)
    expect(defaultGenerator.state).toEqual(state)
  })

  it('recaptures when a guarded value changes, and goes back to the first program', () => {
    const mode = { training: true }
    const read = () => mode.training
    const f = compile((x: Tensor) => (guard('training', read) ? x.mul(2) : x))
    const values = [true, false, true, false].map((training) => {
      mode.training = training
      return numbers(f(ones([1])))
    })
    expect(values).toEqual([[2], [1], [2], [1]])
    expect(f.stats().captures).toBe(2)
  })
})

describe('gradients', () => {
  const step = (weight: Parameter) => (x: Tensor) => {
    weight.grad = undefined
    const loss = x.mul(weight).square().sum()
    backward(loss)
    weight.assign(weight.sub((weight.grad as unknown as Tensor).mul(0.1)))
    return loss
  }

  it('are not kept unless asked for, and say so', () => {
    const weight = new Parameter([2])
    compile(step(weight))(ones([1]))
    expect(() => weight.grad).toThrow(GradientError)
    expect(() => weight.grad).toThrow(/keepGrads/)
  })

  it('are kept with keepGrads', () => {
    const weight = new Parameter([2])
    compile(step(weight), { keepGrads: true })(ones([1]))
    expect(numbers(weight.grad)).toEqual([4])
  })

  it('accumulate over replays with keepGrads', () => {
    const weight = new Parameter([3])
    const micro = compile(
      (x: Tensor) => {
        backward(x.mul(weight).sum())
      },
      { keepGrads: true },
    )
    for (const value of [1, 2, 4]) micro(tensor([value]))
    expect(numbers(weight.grad)).toEqual([7])
  })

  it('go through functions of compiled functions, which join the program or run op by op', () => {
    const inner = compile((x: Tensor) => x.square())
    const outer = compile((x: Tensor) => inner(x).sum())
    expect(numbers(outer(tensor([1, 2])))).toEqual([5])
    const weight = new Parameter([3])
    backward(inner(weight.mul(2)).sum())
    expect(numbers(weight.grad)).toEqual([24])
  })

  it('of checkpoints are computed again inside the program', () => {
    const weight = new Parameter([0.5, -1])
    const f = (x: Tensor): Tensor => {
      weight.grad = undefined
      const loss = checkpoint((y: Tensor) =>
        y
          .mul(weight)
          .tanh()
          .mul(rand([2])),
      )(x).sum()
      backward(loss)
      return loss
    }
    manualSeed(1)
    f(ones([2]))
    const eager = numbers(weight.grad)
    manualSeed(1)
    compile(f, { keepGrads: true })(ones([2]))
    expect(numbers(weight.grad)).toEqual(eager)
  })
})

describe('memory', () => {
  it('is flat over ten thousand replays', () => {
    const weight = new Parameter([2, 1])
    const f = compile((x: Tensor) => {
      weight.grad = undefined
      const loss = x.mul(weight).square().sum()
      backward(loss)
      weight.assign(weight.sub((weight.grad as unknown as Tensor).mul(0.001)))
      return loss
    })
    const x = ones([2])
    scope(() => void f(x))
    const before = memory()
    for (let count = 0; count < 10_000; count++) scope(() => void f(x))
    expect([memory().tensors, memory().bytes]).toEqual([before.tensors, before.bytes])
  })

  it('goes back when the function is disposed', () => {
    const before = memory()
    scope(() => {
      const f = compile((x: Tensor) => x.add(tensor([1, 2])).softmax(0))
      f(ones([2]))
      f.dispose()
    })
    expect([memory().tensors, memory().bytes]).toEqual([before.tensors, before.bytes])
  })
})
