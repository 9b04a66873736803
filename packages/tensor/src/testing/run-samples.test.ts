import { describe, expect, test } from 'vitest'
import { memory } from '../index.js'
import { NotCloseError } from './expect-close.js'
import { convention } from './op-sample.js'
import { opSamples } from './op-samples.js'
import { runSample, runSamples } from './run-samples.js'
import { given } from './sample-data.js'
import { exp } from '../ops/transcendental.js'
import { reshape } from '../ops/movement.js'

describe('runSamples', () => {
  test('the reference device gives what the samples state', async () => {
    const counts = await runSamples('reference')
    console.log(`reference: ${counts.samples} samples of ${counts.ops} ops, ${counts.elements} elements`)
    expect(counts.samples).toBeGreaterThan(opSamples.length)
    expect(counts.leftOut).toEqual([])
  }, 60_000)

  test('names every sample that fails', async () => {
    const wrong = convention('exp', 'wrong', [given([0])], exp, [2])
    const worse = convention('exp', 'of another size', [given([0])], exp, [1, 1])
    await expect(runSamples('reference', { samples: [wrong, worse] })).rejects.toThrow(
      /2 of 2 samples fail:\nexp: wrong: stated output 0[^]*got 1, expected 2[^]*exp: of another size: .*got 1 elements, expected 2/,
    )
    await expect(runSamples('reference', { samples: [wrong] })).rejects.toThrow(NotCloseError)
  })

  test('a sample that throws fails', async () => {
    const broken = convention('reshape', 'impossible', [given([0])], (x) => reshape(x, [2]), [0])
    await expect(runSamples('reference', { samples: [broken] })).rejects.toThrow('reshape: impossible: ShapeError')
  })

  test('leaves subnormal samples out where the device flushes them, and says so', async () => {
    const subnormal = opSamples.filter((sample) => sample.subnormal)
    const counts = await runSamples('reference', { samples: subnormal, flushesSubnormals: true })
    expect(counts.samples).toBe(0)
    expect(counts.leftOut).toHaveLength(subnormal.length)
  })

  test('gives the memory of the samples back', async () => {
    const { tensors, bytes } = memory()
    for (const sample of opSamples) await runSample(sample, 'reference')
    expect(memory()).toMatchObject({ tensors, bytes })
  }, 60_000)
})
