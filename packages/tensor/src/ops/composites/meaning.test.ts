import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Composite, isFloating, type OpEventOf, ones, scope, type Tensor, withRecorder } from '../../index.js'
import { expectClose } from '../../testing/expect-close.js'
import { inFloat64, opSamples } from '../../testing/op-samples.js'
import { placeInput } from '../../testing/sample-input.js'
import { toleranceOf } from '../../testing/tolerance.js'

type CompositeEvent = OpEventOf<'composite'>

const composites = (run: () => unknown): CompositeEvent[] => {
  const events: CompositeEvent[] = []
  withRecorder({ kind: 'observer', op: (event) => event.op === 'composite' && events.push(event) }, run)
  return events
}

/** Carries out the hand-written derivative of an event for gradients of 1; its kernels are composites of their own. */
const differentiate = ({ inputs, outputs, attributes: { composite, options } }: CompositeEvent): void => {
  const gradients = outputs.map(({ shape, dtype }) =>
    isFloating(dtype) ? ones(shape, { dtype }).mul(0.75) : undefined,
  )
  composite.vjp?.({ options, inputs, outputs, needs: inputs.map(({ dtype }) => isFloating(dtype)) }, gradients)
}

const largest = (data: ArrayLike<number>): number =>
  Array.from(data).reduce((known, x) => (Number.isFinite(x) ? Math.max(known, Math.abs(x)) : known), 0)

const specs = (tensors: readonly Tensor[]): unknown[] => tensors.map(({ shape, dtype }) => ({ shape, dtype }))

const compare = ({ inputs, outputs, attributes: { composite, options } }: CompositeEvent, label: string): void => {
  const meant = composite.meaning(inputs, options)
  expect(specs(meant), label).toEqual(specs(outputs))
  outputs.forEach((output, place) => {
    const expected = meant[place]?.dataSync() ?? []
    // Both round at every step, in another order; sums of up to 1000 terms are of the size of the largest result.
    expectClose(output.dataSync(), expected, toleranceOf(output.dtype, 'contraction', largest(expected)), label)
  })
}

/** Composites with a fused form that the modules of this folder define. */
const fusedComposites = async (): Promise<string[]> => {
  const files = readdirSync(new URL('.', import.meta.url)).filter((name) => /^[a-z-]+\.ts$/.test(name))
  const modules = await Promise.all(
    files.map(
      (name) => import(/* @vite-ignore */ new URL(name, import.meta.url).href) as Promise<Record<string, unknown>>,
    ),
  )
  const isFused = (value: unknown): value is Composite =>
    typeof value === 'object' && value !== null && 'meaning' in value && 'fused' in value
  return modules.flatMap((module) => Object.values(module).flatMap((value) => (isFused(value) ? [value.name] : [])))
}

const samples = [...opSamples, ...opSamples.flatMap((sample) => inFloat64(sample) ?? [])]

describe('the fused form of a composite', () => {
  test('computes its meaning, on every sample that runs one, forwards and backwards', async () => {
    const counts = new Map<string, number>()
    for (const sample of samples) {
      scope(() => {
        const forward = composites(() => sample.run(...sample.inputs.map((input) => placeInput(input))))
        // Gradients at infinities and NaN follow other paths to NaN; smooth places tell whether the formulas agree.
        const backward =
          sample.kind === 'smooth'
            ? forward.flatMap((event) =>
                composites(() => {
                  differentiate(event)
                }),
              )
            : []
        for (const event of [...forward, ...backward]) {
          const { name } = event.attributes.composite
          compare(event, `${sample.name}: ${name}`)
          counts.set(name, (counts.get(name) ?? 0) + 1)
        }
      })
    }
    console.log(`composites: ${[...counts].map(([name, count]) => `${name} ${count}`).join(', ')}`)
    expect((await fusedComposites()).filter((name) => !counts.has(name))).toEqual([])
  })
})
