import { add, callWith, eachBlock, equal, mul, named, notEqual, quotient, when } from '../../assembly/words.js'
import { type LibraryDType, libraryProducts } from '../library/library-code.js'
import { areaTarget, type Correlating, eachArea, finishArea, packedWeights } from './correlating.js'
import { patchImports } from './patch-core.js'

/** Products of weights and patches, both row after row, by a native library: one call for each block of an area's depth. */
export const correlateOnLibrary = (correlating: Correlating, dtype: LibraryDType): void => {
  const { builder, run, field, ofPart, itemBytes } = correlating
  const { scratch, parameters } = run
  eachArea(correlating, (area) => {
    const places = named(builder, mul(area.rows, area.columns))
    const pairs = named(builder, ofPart('pairs'))
    const patches = named(builder, add(scratch, field('rightAt')))
    const { isStored, target, targetStride } = areaTarget(correlating, area)
    const weights = named(builder, packedWeights(correlating, area.group))
    eachBlock(builder, pairs, field('depth'), (from, depth) => {
      callWith(patchImports.packPatches, [
        area.window,
        ofPart('windowPlane'),
        add(parameters, ofPart('tableAt')),
        ofPart('taps'),
        from,
        depth,
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
        depth,
        add(weights, mul(from, itemBytes)),
        pairs,
        patches,
        places,
        notEqual(from, 0),
        target,
        quotient(targetStride, itemBytes),
      ])
    })
    when(equal(isStored, 0), () => {
      finishArea(correlating, area)
    })
  })
}
