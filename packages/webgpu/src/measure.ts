import type { Timing } from './commands.js'
import type { Dispatcher } from './dispatcher.js'
import { bufferUsage, mapRead } from './gpu-flags.js'

/** Entries of one query set; WebGPU allows 4096. */
const entries = 4096

/** Runs dispatches in sets of timestamps, each dispatch in a pass of its own. */
const byTimestamps = async (
  { gpuDevice, commands }: Dispatcher,
  count: number,
  dispatch: (at: number, timing: Timing) => void,
): Promise<number[]> => {
  const times: number[] = []
  const querySet = gpuDevice.createQuerySet({ type: 'timestamp', count: entries })
  const resolved = gpuDevice.createBuffer({
    size: entries * 8,
    usage: bufferUsage.queryResolve | bufferUsage.copySource,
  })
  const staging = gpuDevice.createBuffer({
    size: entries * 8,
    usage: bufferUsage.mapRead | bufferUsage.copyDestination,
  })
  try {
    for (let first = 0; first < count; first += entries / 2) {
      const length = Math.min(entries / 2, count - first)
      for (let at = 0; at < length; at++) dispatch(first + at, { querySet, first: 2 * at })
      commands.resolve(querySet, 2 * length, resolved)
      const byteLength = 16 * length
      commands.copy({ source: resolved, sourceOffset: 0, target: staging, targetOffset: 0, byteLength })
      commands.flush()
      await staging.mapAsync(mapRead, 0, byteLength)
      const stamps = new BigUint64Array(staging.getMappedRange(0, byteLength).slice(0))
      staging.unmap()
      for (let at = 0; at < length; at++) {
        times.push(Number((stamps[2 * at + 1] ?? 0n) - (stamps[2 * at] ?? 0n)) / 1e6)
      }
    }
  } finally {
    querySet.destroy()
    resolved.destroy()
    staging.destroy()
  }
  return times
}

/** Runs dispatches one by one and waits for each. */
const byClock = async (
  { gpuDevice, commands }: Dispatcher,
  count: number,
  dispatch: (at: number) => void,
): Promise<number[]> => {
  const times: number[] = []
  commands.flush()
  await gpuDevice.queue.onSubmittedWorkDone()
  for (let at = 0; at < count; at++) {
    const start = performance.now()
    dispatch(at)
    commands.flush()
    await gpuDevice.queue.onSubmittedWorkDone()
    times.push(performance.now() - start)
  }
  return times
}

/**
 * Measures dispatches on the GPU by timestamps where it has them, else by the clock of the host.
 *
 * @param dispatcher - where they go
 * @param count - how many there are
 * @param dispatch - adds one to the batch
 * @returns milliseconds of each
 */
export const measureLaunches = (
  dispatcher: Dispatcher,
  count: number,
  dispatch: (at: number, timing?: Timing) => void,
): Promise<number[]> =>
  dispatcher.capabilities.timestamps ? byTimestamps(dispatcher, count, dispatch) : byClock(dispatcher, count, dispatch)
