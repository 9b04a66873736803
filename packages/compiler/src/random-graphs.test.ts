import { grad } from '@chainrule/autograd'
import { scope, setDevice, type Tensor } from '@chainrule/tensor'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { compile } from './index.js'
import { forward, makeOperands, programs } from './random-programs.fixture.js'

beforeAll(async () => {
  await setDevice('reference')
})

describe('compiled random graphs give the bits of eager code on the reference device', () => {
  const [x, y] = makeOperands()

  it('forward', () => {
    fc.assert(
      fc.property(programs, (program) => {
        scope(() => {
          const f = forward(program)
          const compiled = compile(f)
          expect(compiled(x, y).dataSync()).toEqual(f(x, y).dataSync())
          expect(compiled(y, x).dataSync()).toEqual(f(y, x).dataSync())
          const { arenaBytes, lowerBoundBytes } = compiled.stats()
          expect(arenaBytes).toBeGreaterThanOrEqual(lowerBoundBytes)
          compiled.dispose()
        })
      }),
      { numRuns: 300, seed: 5 },
    )
  })

  it('gradients', () => {
    fc.assert(
      fc.property(programs, (program) => {
        scope(() => {
          const f = forward(program)
          const slope = grad((a: Tensor, b: Tensor) => f(a, b).sum())
          const compiled = compile(slope)
          expect(compiled(x, y).dataSync()).toEqual(slope(x, y).dataSync())
          compiled.dispose()
        })
      }),
      { numRuns: 200, seed: 6 },
    )
  })
})
