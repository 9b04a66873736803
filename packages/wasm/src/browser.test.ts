import { setFlagsFromString } from 'node:v8'
import { fileURLToPath } from 'node:url'
import { setDevice } from '@chainrule/tensor'
import { opSamples } from '@chainrule/tensor/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { runPage, strictPolicy } from '../../../scripts/browser/run-page.js'
import type { WholeDeviceOptions, WholeDeviceReport } from './testing/pages/whole-device.js'
import type { WorkerLossOptions, WorkerLossReport } from './testing/pages/worker-loss.js'
import { trainingRun } from './testing/training-run.js'
import { useWasmDevice } from './testing/use-wasm-device.js'

// Node.js 20 has behind a flag what browsers have; other instructions would give other bits.
setFlagsFromString('--experimental-wasm-relaxed-simd')

/** Chromium takes a second to start on a busy machine, and the op samples some more. */
const patience = 180_000

const pathOf = (page: string): string => fileURLToPath(new URL(`./testing/pages/${page}.ts`, import.meta.url))

const runWholeDevice = async (
  options: WholeDeviceOptions,
  isolated: boolean,
): Promise<{ report: WholeDeviceReport; ofNode: readonly number[] }> => {
  const { value, errors } = await runPage<WholeDeviceReport>(pathOf('whole-device'), {
    options,
    isolated,
    limit: patience,
  })
  expect(errors).toEqual([])
  expect(value.runs).toHaveLength(options.threads.length)
  expect(value.isolated).toBe(isolated)
  const device = await useWasmDevice({ threads: 1 })
  const ofNode = await trainingRun()
  device.dispose()
  return { report: value, ofNode }
}

const expectSamples = ({ samples, elements, gradients }: WholeDeviceReport, where: string): void => {
  console.log(`wasm, ${where}: ${samples} op samples, ${elements} elements; gradients of ${gradients} samples`)
  // Each sample with float32 inputs has a twin in float64.
  expect(samples).toBeGreaterThan(1.5 * opSamples.length)
  expect(gradients).toBeGreaterThan(opSamples.length)
}

afterAll(async () => {
  await setDevice('reference')
})

describe('in a page that is cross-origin isolated, the wasm device', { timeout: patience }, () => {
  it('starts Web Workers, gives what the reference device gives, and trains to the same bits as in Node', async () => {
    const { report, ofNode } = await runWholeDevice({ threads: [1, 2, 3], samples: true }, true)
    expectSamples(report, 'isolated page')
    expect(report.runs.map(({ description }) => description['threads'])).toEqual([1, 2, 3])
    expect(report.runs.map(({ description }) => description['workersUp'])).toEqual([0, 1, 2])
    expect(report.runs[1]?.description['slower']).toMatch(/nothing/)
    expect(ofNode.at(-1)).toBeLessThan(0.1 * (ofNode[0] ?? NaN))
    for (const { losses } of report.runs) expect(losses).toEqual(ofNode)
  })

  it.each(['trap', 'hang'] as const)('fails the step in which a worker is lost (%s), and not the next', async (how) => {
    const options: WorkerLossOptions = { how, threads: 3 }
    const { value } = await runPage<WorkerLossReport>(pathOf('worker-loss'), { options })
    expect(value).toMatchObject({ up: 2, nextIsRight: true, upAfterwards: 0 })
    expect(value.error).toMatch(
      how === 'trap' ? /DeviceError: run: worker thread . failed/ : /no progress for \d+ ms: a worker/,
    )
    expect(value.slower).toMatch(/worker thread/)
  })

  it('notices that a worker was terminated between steps, and goes on', async () => {
    const options: WorkerLossOptions = { how: 'terminate', threads: 2 }
    const { value } = await runPage<WorkerLossReport>(pathOf('worker-loss'), { options })
    expect(value).toMatchObject({ up: 1, nextIsRight: true, upAfterwards: 0 })
    expect(value.error).toBeUndefined()
    expect(value.slower).toMatch(/a worker thread was lost \(1 gives no sign of life/)
  })

  it('works with one thread where the content security policy forbids workers, and says so', async () => {
    const options: WorkerLossOptions = { how: 'none', threads: 3 }
    const policy = strictPolicy.replace('worker-src blob:', "worker-src 'none'")
    const { value, errors } = await runPage<WorkerLossReport>(pathOf('worker-loss'), { options, policy })
    expect(errors.map(({ text }) => text)).toEqual(['worker-src forbids blob', 'worker-src forbids blob'])
    expect(value).toMatchObject({ up: 0, nextIsRight: true, upAfterwards: 0 })
    expect(value.slower).toMatch(/content security policy has to allow worker-src blob:/)
  })
})

describe('without cross-origin isolation, the wasm device', { timeout: patience }, () => {
  it('works with one thread, says why, and gives the same', async () => {
    const { report, ofNode } = await runWholeDevice({ threads: [2], samples: true }, false)
    expectSamples(report, 'page without isolation')
    expect(report.runs[0]?.description).toMatchObject({ threads: 1, workersUp: 0 })
    expect(report.runs[0]?.description['slower']).toMatch(
      /^one thread: SharedArrayBuffer is missing: serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp$/,
    )
    expect(report.runs[0]?.losses).toEqual(ofNode)
  })
})

describe('without SharedArrayBuffer, the wasm device', { timeout: patience }, () => {
  it('works with one thread, says why, and gives the same', async () => {
    const { report, ofNode } = await runWholeDevice({ threads: [2], withoutSharedMemory: true, samples: true }, true)
    expectSamples(report, 'page without SharedArrayBuffer')
    expect(report.runs[0]?.description).toMatchObject({ threads: 1, workersUp: 0 })
    expect(report.runs[0]?.description['slower']).toMatch(/^one thread: SharedArrayBuffer is missing$/)
    expect(report.runs[0]?.losses).toEqual(ofNode)
  })
})
