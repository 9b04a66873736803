import { setDevice } from '@chainrule/tensor'
import { opSamples, runSamples, type SampleCounts } from '@chainrule/tensor/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareGradients } from '../../../scripts/op-samples/compare-gradients.js'
import './index.js'

/** Thousands of samples, each with a shader or more of its own, compiled by a software adapter: minutes when it is busy. */
const patience = 1_800_000

const show = (what: string, { samples, ops, leftOut }: SampleCounts): void => {
  const omitted = leftOut.map((name) => `\n  left out: ${name}`).join('')
  console.log(`webgpu: ${what} of ${String(samples)} samples of ${String(ops)} ops${omitted}`)
}

beforeAll(() => setDevice('webgpu'))
afterAll(() => setDevice('reference'))

describe('the webgpu device gives what the reference device gives', { timeout: patience }, () => {
  it('for every op sample', async () => {
    const counts = await runSamples('webgpu', { flushesSubnormals: true })
    show('values', counts)
    expect(counts.samples).toBeGreaterThan(opSamples.length - 10)
  })

  it('for the gradients of every op sample', async () => {
    const counts = await compareGradients('webgpu', { flushesSubnormals: true })
    show('gradients', counts)
    expect(counts.samples).toBeGreaterThan(opSamples.length / 2)
  })
})
