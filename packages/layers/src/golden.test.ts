import { Parameter } from '@chainrule/autograd'
import { scope, setDevice, type Tensor, tensorsIn } from '@chainrule/tensor'
import '@chainrule/wasm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectClose, fold, goldenLayers, makeLayer, outputsOf, stateOf, toTensor } from './golden.fixture.js'

/**
 * PyTorch differs from itself between instruction sets by 2e-15 (float64) and 1e-6 (float32), relative to the largest element.
 * Ours sums in another order and its functions round elsewhere, over chains of some twenty ops: ten and five times that.
 */
const tolerances = { float64: 2e-14, float32: 5e-6 }

describe.each(['reference', 'wasm'])('layers on the %s device agree with PyTorch 1.13', (device) => {
  beforeAll(() => setDevice(device))
  afterAll(() => setDevice('reference'))

  it.each(goldenLayers.map((each) => [`${each.name} ${each.dtype}`, each] as const))('%s', (_, golden) => {
    scope(() => {
      const module = makeLayer(golden.layer, golden.constructorArguments).to(golden.dtype).train(golden.training)
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
