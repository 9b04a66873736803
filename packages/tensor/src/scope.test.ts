import { afterEach, describe, expect, test, vi } from 'vitest'
import { adopt, memory, ones, scope, ScopeError, tensor, type Tensor, type Trace, Variable, zeros } from './index.js'
import type { Recorder } from './recorder.js'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Tensors that a function leaves alive. */
const leaves = (run: () => unknown): number => {
  const { tensors } = memory()
  run()
  return memory().tensors - tensors
}

describe('scope', () => {
  test('releases what was made in it', () => {
    let inner: Tensor | undefined
    expect(
      leaves(() => {
        scope(() => {
          inner = ones([3]).add(1).mul(2)
        })
      }),
    ).toBe(0)
    expect(inner?.isDisposed).toBe(true)
  })

  test('gives the bytes back at its end, not later', () => {
    const { bytes } = memory()
    scope(() => {
      ones([1000]).add(1)
      expect(memory().bytes).toBe(bytes + 8000)
    })
    expect(memory().bytes).toBe(bytes)
  })

  test('keeps the tensor that it returns', () => {
    const kept = scope(() => ones([2]).add(1).mul(3))
    expect([...kept.dataSync()]).toEqual([6, 6])
    kept.dispose()
  })

  test('keeps tensors in arrays, objects, maps and sets, to any depth', () => {
    const result = scope(() => ({
      list: [ones([1]), [tensor(2)]],
      map: new Map([['a', tensor(3)]]),
      set: new Set([tensor(4)]),
      nested: { deeper: { still: tensor(5) }, none: null, text: 'x' },
    }))
    const [first, [second]] = result.list as [Tensor, [Tensor]]
    const found = [first, second, result.map.get('a'), ...result.set, result.nested.deeper.still]
    expect(found.map((x) => x?.dataSync()[0])).toEqual([1, 2, 3, 4, 5])
    for (const x of found) x?.dispose()
  })

  test('does not look into objects of classes', () => {
    class Box {
      readonly content = ones([1])
    }
    const box = scope(() => new Box())
    expect(box.content.isDisposed).toBe(true)
  })

  test('survives a result that contains itself', () => {
    interface Loop {
      x: Tensor
      self?: Loop
    }
    const loop = scope(() => {
      const made: Loop = { x: ones([1]) }
      made.self = made
      return made
    })
    expect(loop.x.isDisposed).toBe(false)
    loop.x.dispose()
  })

  test('leaves tensors from outside alone', () => {
    const outside = ones([2])
    scope(() => outside.add(1))
    expect(outside.isDisposed).toBe(false)
    outside.dispose()
  })

  test('keeps a view that it returns, though its tensor goes', () => {
    const row = scope(() =>
      tensor([
        [1, 2],
        [3, 4],
      ]).select(0, 1),
    )
    expect([...row.dataSync()]).toEqual([3, 4])
    row.dispose()
  })

  test('nests: what an inner one returns belongs to the outer one', () => {
    let middle: Tensor | undefined
    const { tensors } = memory()
    const result = scope(() => {
      middle = scope(() => ones([2]).add(1))
      expect(middle.isDisposed).toBe(false)
      return middle.mul(2)
    })
    expect(middle?.isDisposed).toBe(true)
    expect([...result.dataSync()]).toEqual([4, 4])
    result.dispose()
    expect(memory().tensors).toBe(tensors)
  })

  test('releases when the function throws, and passes the error on', () => {
    const failure = new Error('in the middle')
    expect(
      leaves(() => {
        expect(() =>
          scope(() => {
            ones([2])
            scope(() => {
              ones([3])
              throw failure
            })
          }),
        ).toThrow(failure)
      }),
    ).toBe(0)
  })

  test('works as before after one has thrown', () => {
    expect(() => {
      scope(() => {
        throw new Error('first')
      })
    }).toThrow('first')
    const outside = ones([1])
    expect(outside.owner).toBeUndefined()
    expect(leaves(() => scope(() => void ones([2]).add(1)))).toBe(0)
    outside.dispose()
  })

  test('refuses async functions and shows what to do', () => {
    const run = (): unknown => scope(async () => Promise.resolve(ones([1])))
    expect(run).toThrow(ScopeError)
    expect(run).toThrow(
      'scope: got an async function, expected a synchronous one (its later part would run outside). ' +
        'Await first, then call scope(() => …) with the results.',
    )
  })

  test('does not release what was adopted', () => {
    let adopted: Tensor | undefined
    scope(() => {
      adopted = ones([2])
      adopt(adopted)
    })
    expect(adopted?.isDisposed).toBe(false)
    adopted?.dispose()
  })

  test('never releases a variable, nor the value that it holds', () => {
    const variable = scope(() => {
      const made = new Variable(zeros([2]))
      made.assign(ones([2]).mul(3))
      return 0 === Number(made.size) ? undefined : made
    })
    let made: Variable | undefined
    scope(() => {
      made = new Variable(ones([1]))
    })
    expect([...(variable?.dataSync() ?? [])]).toEqual([3, 3])
    expect([...(made?.dataSync() ?? [])]).toEqual([1])
  })

  test('keeps what the traces of its result need', () => {
    const recorder: Recorder = { kind: 'observer', op: () => undefined }
    let residual: Tensor | undefined
    const result = scope(() => {
      residual = ones([2])
      const made = residual.mul(2)
      const needed = residual
      const trace: Trace = { recorder, reach: (kept) => void kept.add(needed) }
      made.setTrace(trace)
      return made
    })
    expect(residual?.isDisposed).toBe(false)
    residual?.dispose()
    result.dispose()
  })

  test('disposing twice, inside and at its end, is harmless', () => {
    expect(
      leaves(() => {
        scope(() => {
          const x = ones([2])
          x.dispose()
          x.dispose()
        })
      }),
    ).toBe(0)
  })

  test('returns other values as they are', () => {
    expect(scope(() => 7)).toBe(7)
    expect(scope(() => undefined)).toBeUndefined()
    expect(scope(() => null)).toBeNull()
  })
})
