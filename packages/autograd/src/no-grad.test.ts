import { mul, type OpEvent, ScopeError, tensor, type Tensor, withRecorder } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { grad, jvp, noGrad, Parameter } from './index.js'
import { numbers } from './numbers.fixture.js'

describe('noGrad', () => {
  it('makes results without a graph', () => {
    const x = new Parameter(2)
    const y = noGrad(() => x.square())
    expect(y.requiresGrad).toBe(false)
    expect(x.square().requiresGrad).toBe(true)
  })

  it('makes constants of what transforms around it see', () => {
    expect(
      numbers(
        grad((x) =>
          mul(
            x,
            noGrad(() => x.square()),
          ),
        )(tensor(3)),
      ),
    ).toEqual([9])
    expect(numbers(jvp((x: Tensor) => noGrad(() => x.square()), tensor(3), tensor(1)).tangent)).toEqual([0])
  })

  it('does not reach into transforms that are called in it', () => {
    const x = new Parameter(3)
    const gradient = noGrad(() => grad((y) => y.square())(x))
    expect(numbers(gradient)).toEqual([6])
    expect(gradient.requiresGrad).toBe(false)
  })

  it('hides nothing from observers and captures', () => {
    const seen: string[] = []
    const watch = (kind: 'observer' | 'capture') => ({
      kind,
      op: ({ op }: OpEvent) => {
        seen.push(`${kind} ${op}`)
      },
    })
    withRecorder(watch('observer'), () => withRecorder(watch('capture'), () => noGrad(() => tensor(1).sum())))
    expect(seen).toEqual(['capture reduce', 'observer reduce'])
  })

  it('gives the levels back when its function throws', () => {
    const x = new Parameter(2)
    expect(() =>
      noGrad(() => {
        throw new Error('stop')
      }),
    ).toThrow('stop')
    expect(x.square().requiresGrad).toBe(true)
  })

  it('refuses async functions', () => {
    expect(() => noGrad(() => Promise.resolve(1))).toThrow(ScopeError)
  })
})
