import { Parameter } from '@chainrule/autograd'
import { compile } from '@chainrule/compiler'
import { manualSeed, scope, setDevice, type Tensor } from '@chainrule/tensor'
import { expectSame } from '@chainrule/tensor/testing'
import '@chainrule/wasm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fold, type GoldenLayer, goldenLayers, makeLayer, outputsOf, stateOf, toTensor } from './golden.fixture.js'
import * as layers from './index.js'
import { BatchNorm, Module, ModuleList, Recurrent } from './index.js'

/** Layers that draw: PyTorch's numbers cannot be had, so there are no golden files of them. */
const drawing: readonly GoldenLayer[] = goldenLayers
  .filter(({ name }) => name.startsWith('Dropout-zero') || name.startsWith('TransformerEncoderLayer-norm-first-gelu'))
  .map((golden) => ({
    ...golden,
    name: `${golden.name}-dropping`,
    constructorArguments:
      golden.layer === 'Dropout'
        ? [0.5]
        : [...golden.constructorArguments.slice(0, 2), { dimFeedforward: 5, dropout: 0.25, batchFirst: true }],
  }))

const cases = [...goldenLayers, ...drawing]

/** A layer with its inputs, and a step that leaves the gradients of all of them behind. */
const prepare = (golden: GoldenLayer) => {
  const module = makeLayer(golden.layer, golden.constructorArguments).to(golden.dtype).train(golden.training)
  module.loadStateDict(stateOf(golden.state))
  const inputs = golden.inputs.map((input) => {
    const value = toTensor(input)
    return value.dtype === golden.dtype ? new Parameter(value) : value
  })
  const parameters = [...inputs.filter((input) => input instanceof Parameter), ...module.parameters()]
  const seeds = golden.outputGradients.map((seed) => seed && toTensor(seed))
  const step = (): readonly Tensor[] => {
    for (const parameter of parameters) parameter.grad = undefined
    const forward = module.forward.bind(module) as (...args: unknown[]) => unknown
    const outputs = outputsOf(forward(...(fold(golden.arguments, inputs) as unknown[])), golden.returns)
    const losses = outputs.flatMap((output, place) => {
      const seed = seeds[place]
      return seed == null ? [] : [output.mul(seed).sum()]
    })
    losses.reduce((sum, loss) => sum.add(loss)).backward()
    return outputs
  }
  return { module, parameters, step }
}

const compareSteps = (golden: GoldenLayer, how: 'bits' | 'regrouped'): void => {
  const [eager, other] = [prepare(golden), prepare(golden)]
  const compiled = compile(other.step, { keepGrads: true })
  const run = (step: () => readonly Tensor[]): readonly (readonly Tensor[])[] => {
    manualSeed(12)
    return [step(), step()]
  }
  const expected = run(eager.step)
  const found = run(compiled)
  expect(compiled.stats().captures).toBe(1)
  expected.forEach((outputs, step) => {
    outputs.forEach((output, place) => {
      expectSame(found[step]?.[place] as Tensor, output, how, `step ${step}, output ${place}`)
    })
  })
  eager.parameters.forEach(({ grad }, place) => {
    const gradient = other.parameters[place]?.grad
    if (grad === undefined) expect(gradient).toBeUndefined()
    else expectSame(gradient as Tensor, grad, how, `gradient ${place}`)
  })
  const state = other.module.stateDict()
  for (const [name, value] of Object.entries(eager.module.stateDict()))
    expectSame(state[name] as Tensor, value, how, `${name} after`)
  compiled.dispose()
}

it('every exported layer has a case', () => {
  const general: readonly unknown[] = [Module, ModuleList, BatchNorm, Recurrent]
  const exported = Object.entries(layers).flatMap(([name, value]) =>
    typeof value === 'function' && value.prototype instanceof Module && !general.includes(value) ? [name] : [],
  )
  expect([...new Set(cases.map(({ layer }) => layer))].sort()).toEqual(exported.sort())
})

describe.each([
  ['reference', 'bits'],
  ['wasm', 'regrouped'],
] as const)('compiled on the %s device, compared in %s with eager', (device, how) => {
  beforeAll(() => setDevice(device))
  afterAll(() => setDevice('reference'))

  it.each(cases.map((each) => [`${each.name} ${each.dtype}`, each] as const))('%s', (_, golden) => {
    scope(() => {
      compareSteps(golden, how)
    })
  })
})
