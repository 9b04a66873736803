import { Parameter } from '@chainrule/autograd'
import { type DType, scope, Tensor, tensorsIn } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { expectClose, fold, type GoldenTensor, readGolden, toTensor } from './golden.fixture.js'
import * as layers from './index.js'
import type { Module } from './index.js'

interface GoldenLayer {
  readonly layer: string
  readonly name: string
  readonly dtype: DType
  readonly constructorArguments: readonly unknown[]
  readonly training: boolean
  readonly state: Readonly<Record<string, GoldenTensor>>
  readonly inputs: readonly GoldenTensor[]
  readonly arguments: readonly unknown[]
  readonly returns: unknown
  readonly outputs: readonly GoldenTensor[]
  readonly outputGradients: readonly (GoldenTensor | null)[]
  readonly gradients: readonly (GoldenTensor | null)[]
  readonly parameterGradients: Readonly<Record<string, GoldenTensor>>
  readonly stateAfter: Readonly<Record<string, GoldenTensor>> | null
}

const cases = readGolden('layers.json') as readonly GoldenLayer[]

/**
 * PyTorch differs from itself between instruction sets by 2e-15 (float64) and 1e-6 (float32), relative to the largest element.
 * Ours sums in another order and its functions round elsewhere, over chains of some twenty ops: ten and five times that.
 */
const tolerances = { float64: 2e-14, float32: 5e-6 }

type Made = Record<string, new (...args: unknown[]) => Module>

const make = (layer: string, given: readonly unknown[]): Module => {
  const Layer = (layers as unknown as Made)[layer]
  if (Layer === undefined) throw new Error(`no layer ${layer}`)
  if (layer !== 'Sequential') return new Layer(...(fold(given, []) as unknown[]))
  const parts = given as readonly { readonly layer: string; readonly arguments: readonly unknown[] }[]
  return new Layer(...parts.map((part) => make(part.layer, part.arguments)))
}

/** The outputs in the order of the golden file, from the form of the result. */
const outputsOf = (result: unknown, returns: unknown): readonly Tensor[] => {
  const found: Tensor[] = []
  const walk = (value: unknown, form: unknown): void => {
    if (typeof form !== 'object' || form === null) return
    if ('output' in form && typeof form.output === 'number') {
      expect(value).toBeInstanceOf(Tensor)
      found[form.output] = value as Tensor
    } else {
      for (const [key, part] of Object.entries(form)) walk((value as Record<string, unknown>)[key], part)
    }
  }
  walk(result, returns)
  return found
}

const stateOf = (state: Readonly<Record<string, GoldenTensor>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [name, toTensor(value)]))

describe('layers agree with PyTorch 1.13', () => {
  it.each(cases.map((each) => [`${each.name} ${each.dtype}`, each] as const))('%s', (_, golden) => {
    scope(() => {
      const module = make(golden.layer, golden.constructorArguments).to(golden.dtype).train(golden.training)
      expect(Object.keys(module.stateDict())).toEqual(Object.keys(golden.state))
      module.loadStateDict(stateOf(golden.state))
      const inputs = golden.inputs.map((input) => {
        const value = toTensor(input)
        return value.dtype === golden.dtype ? new Parameter(value) : value
      })
      const forward = module.forward.bind(module) as (...args: unknown[]) => unknown
      const result = forward(...(fold(golden.arguments, inputs) as unknown[]))
      const outputs = outputsOf(result, golden.returns)
      expect(outputs).toHaveLength(golden.outputs.length)
      expect(tensorsIn(result)).toHaveLength(golden.outputs.length)
      golden.outputs.forEach((expected, place) => {
        expectClose(outputs[place] as Tensor, expected, tolerances, `output ${place}`)
      })
      golden.outputGradients.forEach((seed, place) => {
        if (seed !== null) outputs[place]?.backward({ gradient: toTensor(seed), retainGraph: true })
      })
      golden.gradients.forEach((expected, place) => {
        if (expected === null) return
        expectClose(inputs[place]?.grad as Tensor, expected, tolerances, `gradient of input ${place}`)
      })
      const parameters = new Map(module.namedParameters())
      expect([...parameters.keys()].sort()).toEqual(Object.keys(golden.parameterGradients).sort())
      for (const [name, expected] of Object.entries(golden.parameterGradients)) {
        expectClose(parameters.get(name)?.grad as Tensor, expected, tolerances, `gradient of ${name}`)
      }
      const after = module.stateDict()
      for (const [name, expected] of Object.entries({ ...golden.state, ...golden.stateAfter })) {
        expectClose(after[name] as Tensor, expected, tolerances, `${name} after`)
      }
    })
  })
})
