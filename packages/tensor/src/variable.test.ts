import { describe, expect, test } from 'vitest'
import { DTypeError, memory, ones, scope, ShapeError, tensor, Variable, zeros } from './index.js'
import { withRecorder } from './recorder.js'

const numbers = (x: { dataSync(): ArrayLike<number> }): number[] => Array.from(x.dataSync())

describe('Variable', () => {
  test('is a tensor', () => {
    const variable = new Variable(tensor([1, 2]))
    expect(numbers(variable.mul(2))).toEqual([2, 4])
    expect([variable.shape, variable.dtype, variable.device]).toEqual([[2], 'float32', 'reference'])
  })

  test('shares the memory of a value that is the whole of its storage', () => {
    const value = ones([3])
    const variable = new Variable(value)
    expect(variable.storage).toBe(value.storage)
    const next = zeros([3])
    variable.assign(next)
    expect(variable.storage).toBe(next.storage)
  })

  test('copies a value that is part of a storage, or not in order', () => {
    const whole = tensor([
      [1, 2],
      [3, 4],
    ])
    for (const view of [whole.select(0, 1), whole.transpose(0, 1), whole.flip(0), ones([1]).broadcastTo([3])]) {
      const variable = new Variable(view)
      expect(variable.storage).not.toBe(view.storage)
      expect(variable.isContiguous).toBe(true)
      expect(numbers(variable)).toEqual(numbers(view))
    }
  })

  test('gives the handle of its copy back at once', () => {
    const row = tensor([
      [1, 2],
      [3, 4],
    ]).select(0, 1)
    const { tensors } = memory()
    const variable = new Variable(row)
    variable.assign(row.flip(0))
    // The variable itself and the flipped view.
    expect(memory().tensors).toBe(tensors + 2)
    expect(variable.storage?.references).toBe(1)
  })

  test('lives on when its value is disposed', () => {
    const value = tensor([1, 2])
    const variable = new Variable(value)
    value.dispose()
    expect(numbers(variable)).toEqual([1, 2])
  })

  test('outlives the scope in which it was made', () => {
    const [variable] = scope(() => [new Variable(tensor([1, 2]).add(1))])
    let hidden: Variable | undefined
    scope(() => {
      hidden = new Variable(tensor([5]))
    })
    expect(numbers(variable ?? zeros([0]))).toEqual([2, 3])
    expect(numbers(hidden ?? zeros([0]))).toEqual([5])
  })
})

describe('assign', () => {
  test('rebinds: views and snapshots keep the old values', () => {
    const variable = new Variable(
      tensor([
        [1, 2],
        [3, 4],
      ]),
    )
    const row = variable.select(0, 0)
    const snapshot = variable.detach()
    variable.assign(
      tensor([
        [5, 6],
        [7, 8],
      ]),
    )
    expect(numbers(variable)).toEqual([5, 6, 7, 8])
    expect(numbers(row)).toEqual([1, 2])
    expect(numbers(snapshot)).toEqual([1, 2, 3, 4])
  })

  test('does not change the value that was assigned, nor follow it', () => {
    const variable = new Variable(zeros([2]))
    const value = tensor([1, 2])
    variable.assign(value)
    variable.assign(variable.add(1))
    expect(numbers(value)).toEqual([1, 2])
    expect(numbers(variable)).toEqual([2, 3])
  })

  test('gives the old memory back when nobody else holds it', () => {
    const variable = scope(() => ({ made: new Variable(zeros([100])) })).made
    const { bytes } = memory()
    for (let turn = 0; turn < 10; turn++) {
      scope(() => {
        variable.assign(variable.add(1))
      })
    }
    expect(memory().bytes).toBe(bytes)
    expect(variable.dataSync()[0]).toBe(10)
  })

  test('to itself changes nothing', () => {
    const variable = new Variable(tensor([1, 2]))
    const { storage } = variable
    variable.assign(variable)
    expect(numbers(variable)).toEqual([1, 2])
    expect(variable.storage).toBe(storage)
    expect(storage?.references).toBe(2)
  })

  test('of one variable to another copies the binding, not the variable', () => {
    const a = new Variable(tensor([1]))
    const b = new Variable(tensor([2]))
    a.assign(b)
    b.assign(tensor([3]))
    expect([numbers(a), numbers(b)]).toEqual([[2], [3]])
  })

  test('refuses another shape and leaves the variable as it was', () => {
    const variable = new Variable(tensor([1, 2]))
    const assign = (): void => {
      variable.assign(tensor([[1, 2]]))
    }
    expect(assign).toThrow(ShapeError)
    expect(assign).toThrow("assign: got shape [1, 2], expected the variable's [2]. Reshape the value.")
    expect(numbers(variable)).toEqual([1, 2])
  })

  test('refuses another dtype', () => {
    const variable = new Variable(tensor([1, 2]))
    const assign = (): void => {
      variable.assign(tensor([1, 2], { dtype: 'int32' }))
    }
    expect(assign).toThrow(DTypeError)
    expect(assign).toThrow("assign: got int32, expected the variable's float32. Convert with .to('float32').")
  })

  test('tells recorders of reads and assignments', () => {
    const variable = new Variable(tensor([1]))
    const value = tensor([2])
    const seen: unknown[] = []
    withRecorder(
      {
        kind: 'observer',
        op: ({ op }) => seen.push(op),
        read: (read) => seen.push(['read', read === variable]),
        assign: (assigned, given) => {
          seen.push(['assign', assigned === variable, given === value])
          return false
        },
      },
      () => {
        variable.add(1)
        variable.assign(value)
      },
    )
    expect(seen).toEqual([['read', true], 'map', ['assign', true, true]])
    expect(numbers(variable)).toEqual([2])
  })

  test('is left to a capture that takes it over', () => {
    const variable = new Variable(tensor([1]))
    withRecorder({ kind: 'capture', op: () => undefined, assign: () => true }, () => {
      variable.assign(tensor([2]).add(0))
    })
    expect(numbers(variable)).toEqual([1])
  })
})
