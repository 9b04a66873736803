import { grad } from '@chainrule/autograd'
import { manualSeed, type OpName, opTable, scope, setDevice, type Tensor, withRecorder } from '@chainrule/tensor'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { compile } from './index.js'
import { moves } from './random-moves.fixture.js'
import { forward, makeOperands, programs } from './random-programs.fixture.js'

beforeAll(async () => {
  await setDevice('reference')
})

/** What a function gives from one state of the random numbers on. */
const drawn = (run: () => Tensor): unknown => {
  manualSeed(9)
  return run().dataSync()
}

it('random graphs draw every kind of op', () => {
  const seen = new Set<OpName>()
  const [x, y] = makeOperands()
  const operands = [x, y, x.add(y)]
  scope(() => {
    withRecorder({ kind: 'observer', op: ({ op }) => void seen.add(op) }, () => {
      for (const move of Object.values(moves)) move(operands, (place) => operands[place] ?? x)
    })
  })
  expect([...seen].sort()).toEqual(Object.keys(opTable).sort())
})

describe('compiled random graphs give the bits of eager code on the reference device', () => {
  const [x, y] = makeOperands()

  it('forward', () => {
    fc.assert(
      fc.property(programs, (program) => {
        scope(() => {
          const f = forward(program)
          const compiled = compile(f)
          expect(drawn(() => compiled(x, y))).toEqual(drawn(() => f(x, y)))
          expect(drawn(() => compiled(y, x))).toEqual(drawn(() => f(y, x)))
          const { arenaBytes, lowerBoundBytes } = compiled.stats()
          expect(arenaBytes).toBeGreaterThanOrEqual(lowerBoundBytes)
          compiled.dispose()
        })
      }),
      { numRuns: 300 },
    )
  })

  it('gradients', () => {
    fc.assert(
      fc.property(programs, (program) => {
        scope(() => {
          const f = forward(program)
          const slope = grad((a: Tensor, b: Tensor) => f(a, b).sum())
          const compiled = compile(slope)
          expect(drawn(() => compiled(x, y))).toEqual(drawn(() => slope(x, y)))
          compiled.dispose()
        })
      }),
      { numRuns: 200 },
    )
  })
})
