import { vjp } from '@chainrule/autograd'
import { compile } from '@chainrule/compiler'
import { scope, setDevice, type Tensor } from '@chainrule/tensor'
import { expectSame } from '@chainrule/tensor/testing'
import '@chainrule/wasm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { foldArguments, goldenLosses, lossNamed, toTensor } from './golden.fixture.js'
import * as losses from './index.js'

it('every exported loss has a case', () => {
  const exported = Object.entries(losses).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
  expect([...new Set(goldenLosses.map(({ loss }) => loss))].sort()).toEqual(exported.sort())
})

describe.each([
  ['reference', 'bits'],
  ['wasm', 'regrouped'],
] as const)('losses compiled on the %s device, compared in %s with eager', (device, how) => {
  beforeAll(() => setDevice(device))
  afterAll(() => setDevice('reference'))

  it.each(goldenLosses.map((each) => [each.name, each] as const))('%s', (_, golden) => {
    scope(() => {
      const loss = lossNamed(golden.loss)
      const seed = toTensor(golden.outputGradients[0])
      const run = (...inputs: Tensor[]): readonly Tensor[] => {
        const { value, pullback } = vjp(
          (...operands: Tensor[]) => loss(...golden.arguments.map((argument) => foldArguments(argument, operands))),
          ...inputs,
        )
        const gradients = pullback(seed)
        return [value, ...golden.gradients.flatMap((expected, place) => (expected && gradients[place]) ?? [])]
      }
      const compiled = compile(run)
      const inputs = golden.inputs.map(toTensor)
      const expected = run(...inputs)
      // The second run is a replay on the program's used memory.
      for (const found of [compiled(...inputs), compiled(...inputs)]) {
        expect(found).toHaveLength(expected.length)
        expected.forEach((value, place) => {
          expectSame(found[place] as Tensor, value, how, place === 0 ? 'loss' : `gradient ${place - 1}`)
        })
      }
      compiled.dispose()
    })
  })
})
