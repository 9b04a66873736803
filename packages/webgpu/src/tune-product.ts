import type { Kernel } from '@chainrule/tensor'
import type { BufferWindow } from './bindings.js'
import type { PooledBuffer } from './buffer-pool.js'
import type { Dispatcher, Memory, ResolvedLaunch } from './dispatcher.js'
import type { Tile } from './kernels/tile.js'
import { possibleTiles } from './kernels/tiles.js'
import { measureLaunches } from './measure.js'
import type { PlanContext } from './plan-context.js'
import { planKernel } from './plan-kernel.js'
import type { Tuner, TuningRequest } from './tuner.js'

/** Runs of each tile that are timed, after one that is not. */
const timedRuns = 3

/**
 * Measures the tiles of a product on its own operands, with results going to memory that is thrown away.
 *
 * @param kernel - the product
 * @param context - as it was planned
 * @param memory - where its operands lie
 * @param request - under which the choice is remembered
 * @param tuner - takes the choice
 * @param dispatcher - where dispatches go
 * @returns once the choice is made
 */
export const tuneProduct = async (
  kernel: Kernel,
  context: PlanContext,
  memory: Memory,
  request: TuningRequest,
  tuner: Tuner,
  dispatcher: Dispatcher,
): Promise<void> => {
  tuner.begin(request)
  const { pool, capabilities } = dispatcher
  const lent: PooledBuffer[] = []
  const borrow = (bytes: number): BufferWindow => {
    const buffer = pool.take(bytes, capabilities.bufferBytes)
    lent.push(buffer)
    return dispatcher.windowOf(buffer)
  }
  const results = new Map<string, BufferWindow>()
  const tiles = possibleTiles(capabilities)
  const runs: { readonly tile: Tile; readonly resolved: ResolvedLaunch; readonly isTimed: boolean }[] = []
  for (const tile of tiles) {
    const plan = planKernel(kernel, { ...context, chosenTile: () => tile })
    const [product] = plan.launches
    if (!product) return
    const resolved = dispatcher.resolve(product, (reference) => {
      if (reference.kind === 'input') return memory(reference)
      const key = `${reference.kind} ${String(reference.position)}`
      const bytes =
        reference.kind === 'scratch' ? (plan.scratch[reference.position] ?? 0) : memory(reference).byteLength
      const window = results.get(key) ?? borrow(bytes)
      results.set(key, window)
      return window
    })
    for (let run = 0; run <= timedRuns; run++) runs.push({ tile, resolved, isTimed: run > 0 })
  }
  const measured = measureLaunches(dispatcher, runs.length, (at, timing) => {
    const run = runs[at]
    // Cells only scale results, which nobody reads.
    if (run) dispatcher.dispatch(run.resolved, [], timing)
  })
  for (const buffer of lent) pool.give(buffer)
  const times = await measured
  const best = new Map<Tile, number>()
  runs.forEach(({ tile, isTimed }, at) => {
    if (isTimed) best.set(tile, Math.min(best.get(tile) ?? Infinity, times[at] ?? Infinity))
  })
  tuner.finish(request, best)
}
