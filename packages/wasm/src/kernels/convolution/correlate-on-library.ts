import {
  add,
  callWith,
  countUp,
  eachBlock,
  equal,
  increase,
  mul,
  named,
  notEqual,
  quotient,
  set,
  sub,
  when,
} from '../../assembly/words.js'
import { type LibraryDType, libraryProducts } from '../library/library-code.js'
import { areaTarget, type Correlating, eachArea, finishArea, packedWeights } from './correlating.js'
import { patchImports } from './patch-core.js'

/**
 * Products of weights and patches, both row after row, by a native library: one call for each block of an area's depth and
 * each band of taps, which share their patches.
 */
export const correlateOnLibrary = (correlating: Correlating, dtype: LibraryDType): void => {
  const { builder, run, field, ofPart, itemBytes } = correlating
  const { scratch, parameters } = run
  eachArea(correlating, (area) => {
    const places = named(builder, mul(area.rows, area.columns))
    const pairs = named(builder, ofPart('pairs'))
    const band = builder.local('i32')
    const bandPairs = named(builder, quotient(pairs, ofPart('bands')))
    const bandElements = named(builder, mul(ofPart('bandStep'), area.columns))
    const packedRows = named(builder, add(area.rows, mul(sub(ofPart('bands'), 1), ofPart('bandStep'))))
    const packedPlaces = named(builder, mul(packedRows, area.columns))
    const [left, right] = [builder.local('i32'), builder.local('i32')]
    const patches = named(builder, add(scratch, field('rightAt')))
    const { isStored, target, targetStride } = areaTarget(correlating, area)
    const weights = named(builder, packedWeights(correlating, area.group))
    eachBlock(builder, bandPairs, field('depth'), (from, depth) => {
      callWith(patchImports.packPatches, [
        area.window,
        ofPart('windowPlane'),
        add(parameters, ofPart('tableAt')),
        ofPart('taps'),
        from,
        depth,
        ofPart('rowStep'),
        packedRows,
        area.columns,
        patches,
        mul(packedPlaces, itemBytes),
      ])
      set(left, add(weights, mul(from, itemBytes)))
      set(right, patches)
      countUp(band, 0, ofPart('bands'), 1, () => {
        callWith(libraryProducts[dtype], [
          0,
          0,
          field('rows'),
          places,
          depth,
          left,
          pairs,
          right,
          packedPlaces,
          notEqual(add(from, band), 0),
          target,
          quotient(targetStride, itemBytes),
        ])
        increase(left, mul(bandPairs, itemBytes))
        increase(right, mul(bandElements, itemBytes))
      })
    })
    when(equal(isStored, 0), () => {
      finishArea(correlating, area)
    })
  })
}
