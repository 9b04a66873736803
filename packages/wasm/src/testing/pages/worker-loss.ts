import { answerTest } from '../../../../../scripts/browser/page.js'
import { WasmDevice } from '../../wasm-device.js'
import { expectedOfProbe, type ProbeMode, runProbe } from '../launch-probe.js'
import { workersUp } from '../workers-up.js'

/** How the workers of a page end. */
export interface WorkerLossOptions {
  readonly how: 'trap' | 'hang' | 'terminate' | 'none'
  /** Workers that should come up, or 0 where they cannot. */
  readonly threads: number
}

/** What the page answers. */
export interface WorkerLossReport {
  /** Workers that came up. */
  readonly up: number
  /** Of the step in which a worker was lost: name and message of the error, if there was one. */
  readonly error: string | undefined
  /** Whether the step after it was right. */
  readonly nextIsRight: boolean
  readonly upAfterwards: number
  readonly slower: string
}

const modes: Readonly<Record<WorkerLossOptions['how'], ProbeMode>> = { none: 0, terminate: 0, trap: 2, hang: 3 }

const errorOf = (run: () => unknown): string | undefined => {
  try {
    run()
    return undefined
  } catch (error) {
    return String(error)
  }
}

await answerTest<WorkerLossOptions>(async ({ how, threads }): Promise<WorkerLossReport> => {
  // On a busy machine workers may be late without being lost.
  const device = new WasmDevice({ threads, stallMilliseconds: how === 'hang' || how === 'terminate' ? 300 : 10_000 })
  const up = await workersUp(device)
  if (how === 'terminate') device.launcher.pool?.workers[0]?.terminate()
  const error = errorOf(() => runProbe(device, 100, modes[how]))
  if (how === 'terminate') {
    // Chromium ends the thread of such a worker two seconds later, when its page returns to the event loop.
    const until = performance.now() + 20_000
    while (Number(device.describe()['workersUp']) === up && performance.now() < until) {
      runProbe(device, 100)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const [right, next] = [expectedOfProbe(100), runProbe(device, 100)]
  await new Promise((resolve) => setTimeout(resolve, 100))
  return {
    up,
    error,
    nextIsRight: right.every((value, at) => value === next[at]),
    upAfterwards: Number(device.describe()['workersUp']),
    slower: String(device.describe()['slower']),
  }
})
