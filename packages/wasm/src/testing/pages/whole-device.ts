import { runSamples } from '@chainrule/tensor/testing'
import { answerTest, logToTest } from '../../../../../scripts/browser/page.js'
import { compareGradients } from '../../../../../scripts/op-samples/compare-gradients.js'
import { trainingRun } from '../training-run.js'
import { useWasmDevice } from '../use-wasm-device.js'

/** What the test asks for. */
export interface WholeDeviceOptions {
  readonly threads: readonly number[]
  /** Take `SharedArrayBuffer` from the page first. */
  readonly withoutSharedMemory?: boolean
  /** Whether to carry out the op samples as well. */
  readonly samples: boolean
}

/** What the device did with one number of threads. */
export interface ThreadsReport {
  readonly description: Readonly<Record<string, string | number | boolean>>
  readonly losses: readonly number[]
}

/** What the page answers. */
export interface WholeDeviceReport {
  readonly isolated: boolean
  readonly runs: readonly ThreadsReport[]
  readonly samples: number
  readonly elements: number
  readonly gradients: number
}

const trainWith = async (threads: number): Promise<ThreadsReport> => {
  const device = await useWasmDevice({ threads })
  // The first run starts the workers, which come up while the page waits; the second has them.
  await trainingRun()
  for (let wait = 0; wait < 200 && Number(device.describe()['workersUp']) < device.threads - 1; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const losses = await trainingRun()
  const description = device.describe()
  logToTest(`${String(threads)} threads: ${JSON.stringify(description)}`)
  device.dispose()
  return { description, losses }
}

await answerTest<WholeDeviceOptions>(async ({ threads, withoutSharedMemory, samples }): Promise<WholeDeviceReport> => {
  if (withoutSharedMemory) Reflect.deleteProperty(globalThis, 'SharedArrayBuffer')
  const runs: ThreadsReport[] = []
  for (const count of threads) runs.push(await trainWith(count))
  await useWasmDevice({ threads: Math.max(...threads) })
  const counts = samples ? await runSamples('wasm') : { samples: 0, elements: 0 }
  const gradients = samples ? await compareGradients('wasm') : { samples: 0 }
  return {
    isolated: crossOriginIsolated,
    runs,
    samples: counts.samples,
    elements: counts.elements,
    gradients: gradients.samples,
  }
})
