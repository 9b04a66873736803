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
  roundUp,
  set,
  when,
} from '../../assembly/words.js'
import { contractionImports } from '../contraction/contraction-core.js'
import { depthBlock } from '../contraction/tile-variants.js'
import { convolutionImports } from './convolution-core.js'
import { areaTarget, type Correlating, eachArea, finishArea, packedBytes, packedWeights } from './correlating.js'

/** Products of packed weights and packed patches, in register tiles. */
export const correlateTiles = (correlating: Correlating): void => {
  const { builder, run, field, ofPart } = correlating
  const { scratch, parameters } = run
  const variant = named(builder, field('variant'))
  eachArea(correlating, (area) => {
    const places = named(builder, mul(area.rows, area.columns))
    const { isStored, target, targetStride } = areaTarget(correlating, area)
    const [height, width] = [named(builder, field('rows')), named(builder, places)]
    when(equal(isStored, 0), () => {
      // In scratch there is room for whole tiles.
      set(height, field('paddedRows'))
      set(width, roundUp(places, field('panelColumns')))
    })
    const pairs = named(builder, ofPart('pairs'))
    const weights = named(builder, packedWeights(correlating, area.group))
    const panels = named(builder, add(scratch, field('rightAt')))
    eachBlock(builder, pairs, depthBlock, (from, depth) => {
      callWith(convolutionImports.packPlaces, [
        variant,
        area.window,
        ofPart('windowPlane'),
        add(parameters, ofPart('tableAt')),
        ofPart('taps'),
        from,
        depth,
        ofPart('rowStep'),
        area.columns,
        places,
        panels,
        add(scratch, field('offsetsAt')),
      ])
      callWith(contractionImports.block, [
        variant,
        add(weights, packedBytes(correlating, from)),
        height,
        panels,
        width,
        depth,
        target,
        targetStride,
        notEqual(from, 0),
      ])
    })
    when(equal(isStored, 0), () => {
      finishArea(correlating, area)
    })
  })
}

/** Sums of few planes, place by place. */
export const correlateDirectly = (correlating: Correlating): void => {
  const { builder, run, field, ofPart, itemBytes } = correlating
  const { scratch, parameters } = run
  eachArea(correlating, (area) => {
    const row = builder.local('i32')
    const pairs = named(builder, ofPart('pairs'))
    const weights = named(builder, packedWeights(correlating, area.group))
    const sums = named(builder, add(scratch, field('sumsAt')))
    countUp(row, 0, field('rows'), 1, () => {
      callWith(convolutionImports.correlate, [
        area.window,
        ofPart('windowPlane'),
        add(parameters, ofPart('tableAt')),
        ofPart('taps'),
        pairs,
        weights,
        ofPart('rowStep'),
        area.rows,
        area.columns,
        sums,
        mul(area.columns, itemBytes),
      ])
      increase(weights, mul(pairs, itemBytes))
      increase(sums, field('sumsStride'))
    })
    finishArea(correlating, area)
  })
}
