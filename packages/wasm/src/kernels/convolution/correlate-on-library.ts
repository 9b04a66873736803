import { add, callWith, equal, mul, named, quotient, when } from '../../assembly/words.js'
import { type LibraryDType, libraryProducts } from '../library/library-code.js'
import { areaTarget, type Correlating, eachArea, finishArea, packedWeights } from './correlating.js'
import { patchImports } from './patch-core.js'

/** Products of weights and patches, both row after row, by a native library: one call for each area. */
export const correlateOnLibrary = (correlating: Correlating, dtype: LibraryDType): void => {
  const { builder, run, field, ofPart, itemBytes } = correlating
  const { scratch, parameters } = run
  eachArea(correlating, (area) => {
    const places = named(builder, mul(area.rows, area.columns))
    const pairs = named(builder, ofPart('pairs'))
    const patches = named(builder, add(scratch, field('rightAt')))
    const { isStored, target, targetStride } = areaTarget(correlating, area)
    callWith(patchImports.packPatches, [
      area.window,
      ofPart('windowPlane'),
      add(parameters, ofPart('tableAt')),
      ofPart('taps'),
      0,
      pairs,
      ofPart('rowStep'),
      area.rows,
      area.columns,
      patches,
      mul(places, itemBytes),
    ])
    callWith(libraryProducts[dtype], [
      0,
      0,
      field('rows'),
      places,
      pairs,
      packedWeights(correlating, area.group),
      pairs,
      patches,
      places,
      0,
      target,
      quotient(targetStride, itemBytes),
    ])
    when(equal(isStored, 0), () => {
      finishArea(correlating, area)
    })
  })
}
