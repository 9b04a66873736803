import { laneCount, makeLanes } from '../assembly/lanes.js'
import type { WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import { AcrossRows } from './row-across.js'
import { AlongRow } from './row-along.js'
import { RowContext } from './row-context.js'
import type { RowLayout, RowVariant } from './row-layout.js'
import { runFunction } from './run-function.js'

/**
 * The module of a row kernel.
 *
 * @param layout - what is computed
 * @param variant - which way rows are walked, and which inputs stay the same
 * @param features - of the engine
 * @returns its bytes
 */
export const rowModule = (layout: RowLayout, variant: RowVariant, features: WasmFeatures): Uint8Array<ArrayBuffer> => {
  const dtypes = [...layout.leaves.dtypes, ...layout.stages.map(({ reduction }) => reduction.result)]
  const run = runFunction((builder, values) => {
    const lanes = makeLanes(builder, features, laneCount(dtypes, features))
    const row = new RowContext(lanes, layout, variant, values)
    const { structure, stages } = layout
    row.code.hoist(
      [...stages.map(({ expression }) => expression), ...structure.outputs.map(({ expression }) => expression)],
      0,
    )
    const rows = variant.isAcross ? new AcrossRows(row) : new AlongRow(row)
    row.forEachKept((kept, pointers) => {
      rows.emit(kept, pointers)
    })
  })
  return kernelModule(features, { run })
}
