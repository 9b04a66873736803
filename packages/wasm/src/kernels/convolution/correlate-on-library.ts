import { add, callWith, equal, mul, named, quotient, set, when } from '../../assembly/words.js'
import { operandStart, operandStride } from '../contraction/contraction-layout.js'
import { type LibraryDType, libraryProducts } from '../library/library-code.js'
import { batchOf, type Correlating, eachArea, finishArea, packedWeights } from './correlating.js'
import { patchImports } from './patch-core.js'

/** Products of weights and patches, both row after row, by a native library: one call for each area. */
export const correlateOnLibrary = (correlating: Correlating, dtype: LibraryDType): void => {
  const { builder, run, field, ofPart, itemBytes, output } = correlating
  const { scratch, parameters } = run
  eachArea(correlating, (area) => {
    const places = named(builder, mul(area.rows, area.columns))
    const pairs = named(builder, ofPart('pairs'))
    const patches = named(builder, add(scratch, field('rightAt')))
    const [target, targetStride] = [builder.local('i32'), builder.local('i32')]
    const isStored = named(builder, ofPart('isDirectStore'))
    when(
      isStored,
      () => {
        const batch = correlating.batchOffset(area.records, batchOf(correlating, area), output)
        const first = mul(add(mul(area.row, ofPart('columns')), area.column), itemBytes)
        set(target, add(operandStart(parameters, area.records, output), batch, first))
        set(targetStride, operandStride(area.records, output, 0))
      },
      () => {
        set(target, add(scratch, field('sumsAt')))
        set(targetStride, field('sumsStride'))
      },
    )
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
