import { setDevice } from '@chainrule/tensor'
import { runSamples } from '@chainrule/tensor/testing'
import { expect, it } from 'vitest'
import './index.js'

it('gives every op sample the values of the reference device', async () => {
  await setDevice('webgpu')
  const counts = await runSamples('webgpu', { flushesSubnormals: true })
  console.log(
    `webgpu: ${String(counts.samples)} op samples of ${String(counts.ops)} ops, left out: ${counts.leftOut.join('; ')}`,
  )
  expect(counts.samples).toBeGreaterThan(0)
  // A software adapter compiles a shader for nearly every sample.
}, 300_000)
