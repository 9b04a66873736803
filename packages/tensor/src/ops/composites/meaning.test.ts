import { describe, expect, test } from 'vitest'
import { applyComposite, type Composite, scope, type Tensor } from '../../index.js'
import { type OpEvent, withRecorder } from '../../recorder.js'
import { expectClose } from '../../testing/expect-close.js'
import { inFloat64, opSamples } from '../../testing/op-samples.js'
import { real } from '../../testing/sample-data.js'
import { placeInput } from '../../testing/sample-input.js'
import { toleranceOf } from '../../testing/tolerance.js'
import { normalizeGradientComposite } from './layer-norm.js'
import { logSoftmaxGradientComposite, softmaxGradientComposite } from './softmax.js'

type CompositeEvent = Extract<OpEvent, { op: 'composite' }>

const largest = (data: ArrayLike<number>): number =>
  Array.from(data).reduce((known, x) => (Number.isFinite(x) ? Math.max(known, Math.abs(x)) : known), 0)

/** Carries the meaning of every composite of a run out, and compares; returns the names of the composites. */
const compareMeanings = (run: () => unknown, label: string): string[] =>
  scope(() => {
    const events: CompositeEvent[] = []
    withRecorder({ kind: 'observer', op: (event) => event.op === 'composite' && events.push(event) }, run)
    return events.map(({ inputs, outputs, attributes: { composite, options } }) => {
      const meant = composite.meaning(inputs, options)
      expect(meant.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
        outputs.map(({ shape, dtype }) => ({ shape, dtype })),
      )
      outputs.forEach((output, place) => {
        const expected = meant[place]?.dataSync() ?? []
        // Both round at every step, in another order; sums of up to 1000 terms are of the size of the largest result.
        expectClose(output.dataSync(), expected, toleranceOf(output.dtype, 'contraction', largest(expected)), label)
      })
      return composite.name
    })
  })

const samples = [...opSamples, ...opSamples.flatMap((sample) => inFloat64(sample) ?? [])]

describe('the fused form of a composite computes its meaning', () => {
  test('on every sample that runs one', () => {
    const counts = new Map<string, number>()
    for (const sample of samples) {
      const run = (): unknown => sample.run(...sample.inputs.map((input) => placeInput(input)))
      for (const name of compareMeanings(run, sample.name)) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    console.log(`composites: ${[...counts].map(([name, count]) => `${name} ${count}`).join(', ')}`)
    expect([...counts.keys()].sort()).toEqual([
      'batchStatistics',
      'crossEntropy',
      'keptMean',
      'linear',
      'logSoftmax',
      'logSumExp',
      'mean',
      'normalize',
      'prod',
      'rmsNormalize',
      'softmax',
    ])
  })

  const shapes = [
    { shape: [5], axis: 0 },
    { shape: [4, 5], axis: 0 },
    { shape: [4, 5], axis: 1 },
    { shape: [2, 3, 4], axis: 1 },
    { shape: [3, 130], axis: 1 },
  ]
  const gradients: readonly (readonly [composite: Composite<never>, options: (axis: number) => unknown])[] = [
    [softmaxGradientComposite, (axis) => ({ axis })],
    [logSoftmaxGradientComposite, (axis) => ({ axis })],
    [normalizeGradientComposite, (axis) => ({ axes: [axis], eps: 1e-5 })],
  ]

  test.each(gradients.map(([composite, options]) => ({ name: composite.name, composite, options })))(
    '$name, which only gradients run',
    ({ name, composite, options }) => {
      for (const { shape, axis } of shapes) {
        for (const view of ['dense', 'flipped', 'reversed'] as const) {
          const run = (): readonly Tensor[] => {
            const inputs = [placeInput(real(shape, { low: 0.1, view })), placeInput(real(shape, { seed: 2 }))]
            return applyComposite(composite, inputs, options(axis) as never)
          }
          expect(compareMeanings(run, `${name} [${shape.join()}] ${view}`)).toEqual([name])
        }
      }
    },
  )
})
