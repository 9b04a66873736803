import { describe, expect, test } from 'vitest'
import { applyComposite, type Composite, ones, type Tensor, tensor } from './index.js'
import { type OpEvent, type Recorder, withRecorder } from './recorder.js'

/** x² + x, without a fused form. */
const squarePlus: Composite<{ readonly scale: number }> = {
  name: 'squarePlus',
  meaning: ([x], { scale }) => (x === undefined ? [] : [x.square().add(x).mul(scale)]),
}

const run = (x: Tensor): Tensor => applyComposite(squarePlus, [x], { scale: 2 })[0] ?? x

const events = (kind: Recorder['kind'], list: OpEvent[]): Recorder => ({ kind, op: (event) => list.push(event) })

describe('a composite without a fused form', () => {
  test('is computed by its meaning', () => {
    expect([...run(tensor([1, 2])).dataSync()]).toEqual([4, 12])
  })

  test('is one op to levels of differentiation, its ops to captures and observers', () => {
    const gradient: OpEvent[] = []
    const observer: OpEvent[] = []
    const x = ones([2])
    const y = withRecorder(events('gradient', gradient), () => withRecorder(events('observer', observer), () => run(x)))
    expect(gradient.map(({ op }) => op)).toEqual(['composite'])
    expect(gradient[0]).toMatchObject({ attributes: { composite: squarePlus, options: { scale: 2 } } })
    expect(gradient[0]?.inputs[0]).toBe(x)
    expect(gradient[0]?.outputs[0]).toBe(y)
    expect(observer.map(({ op }) => op)).toEqual(['map', 'map', 'map'])
  })

  test('that gives an input back gives another handle on it to levels of differentiation', () => {
    const passing: Composite = { name: 'passing', meaning: (inputs) => inputs }
    const x = ones([2])
    const [y] = withRecorder(events('gradient', []), () => applyComposite(passing, [x], undefined))
    expect(y).not.toBe(x)
    expect(y?.storage).toBe(x.storage)
  })
})
