import type { PreparedRun } from './prepare-run.js'

/** Where a run stands: `after epoch 2 of 6`, or `in epoch 3 of 6, after step 13 of 20`. */
export function describePlace(loader: PreparedRun['loader'], epochs: number): string {
  const { epoch, position } = loader.stateDict()
  if (position === 0) return `after epoch ${epoch} of ${epochs}`
  return `in epoch ${epoch + 1} of ${epochs}, after step ${Math.ceil(position / loader.batchSize)} of ${loader.length}`
}
