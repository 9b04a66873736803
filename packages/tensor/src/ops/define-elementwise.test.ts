import { grad, jvp } from '@chainrule/autograd'
import { describe, expect, it } from 'vitest'
import {
  cell,
  defineElementwise,
  memory,
  type OpEvent,
  scalarOps,
  scope,
  sum,
  type Tensor,
  tensor,
  withRecorder,
} from '../index.js'

const { add, like, mul, sub } = scalarOps

const blend = defineElementwise({ name: 'blend', meaning: (x, y, share) => add(x, mul(share, sub(y, x))) })

describe('an elementwise op of one line', () => {
  it('broadcasts and promotes', () => {
    const y = blend([tensor([[0], [8]]), tensor([4, 8], { dtype: 'int32' })], [0.5])
    expect(y.dtype).toBe('float32')
    expect([...y.dataSync()]).toEqual([2, 4, 6, 8])
    expect(blend([tensor(1), tensor(new Float64Array([3]))], [0.5]).dtype).toBe('float64')
  })

  it('computes whole numbers in float32', () => {
    const whole = tensor([1, 2], { dtype: 'int32' })
    expect(blend([whole, whole], [0.5]).dtype).toBe('float32')
  })

  it('is one op, named after the definition', () => {
    const seen: string[] = []
    const op = ({ op: kind, attributes }: OpEvent) => {
      seen.push('name' in attributes ? attributes.name : kind)
    }
    withRecorder({ kind: 'observer', op }, () => blend([tensor(1), tensor(2)], [0.5]))
    expect(seen).toEqual(['blend'])
  })

  it('reads cells anew each time', () => {
    const share = cell(0)
    expect(blend([tensor(1), tensor(2)], [share]).dataSync()[0]).toBe(1)
    share.set(1)
    expect(blend([tensor(1), tensor(2)], [share]).dataSync()[0]).toBe(2)
  })

  it('is differentiated by the chain rule, to any order', () => {
    const product = defineElementwise({ name: 'product', meaning: (x, y) => mul(mul(x, x), y) })
    const f = (x: Tensor) => sum(product([x, tensor([2, 3])]))
    const slope = grad(f)
    expect([...slope(tensor([1, 2])).dataSync()]).toEqual([4, 12])
    expect([...grad((x: Tensor) => sum(slope(x)))(tensor([1, 2])).dataSync()]).toEqual([4, 6])
    expect(jvp(f, [tensor([1, 2])], [tensor([1, 0])]).tangent.dataSync()[0]).toBe(4)
  })

  it('takes derivatives written by hand instead', () => {
    const step = defineElementwise({
      name: 'step',
      meaning: (x) => scalarOps.sign(x),
      partials: (x) => [like(x, 1)],
    })
    expect([...grad((x: Tensor) => sum(step([x])))(tensor([-2, 2])).dataSync()]).toEqual([1, 1])
  })

  it('allocates its result and nothing else', () => {
    scope(() => {
      const x = tensor([1, 2])
      const before = memory().bytes
      blend([x, x], [0.5])
      expect(memory().bytes - before).toBe(8)
    })
  })
})
