import {
  add,
  callWith,
  countUp,
  increase,
  minimum,
  mul,
  named,
  quotient,
  remainder,
  set,
  sub,
  when,
} from '../../assembly/words.js'
import { contractionImports } from '../contraction/contraction-core.js'
import { operandStart } from '../contraction/contraction-layout.js'
import { depthBlock } from '../contraction/tile-variants.js'
import { convolutionImports } from './convolution-core.js'
import { type Correlating, findPart, packedBytes, packedWeights } from './correlating.js'
import { tapBytes } from './pair-walk.js'

/** Packing phase: a chunk is one block of depth of the weights of a group; without tiles, a row of them. */
export const packWeights = (correlating: Correlating): void => {
  const { builder, run, itemBytes, field, ofPart } = correlating
  const { parameters } = run
  const chunk = builder.local('i32')
  const records = builder.local('i32')
  countUp(chunk, run.first, run.last, 1, () => {
    builder.scope(() => {
      const rest = findPart(correlating, chunk, 'packEnd')
      const block = named(builder, remainder(rest, ofPart('packBlocks')))
      const group = named(builder, quotient(rest, ofPart('packBlocks')))
      const from = named(builder, mul(block, depthBlock))
      const depth = named(builder, minimum(depthBlock, sub(ofPart('pairs'), from)))
      set(records, add(parameters, ofPart('recordsAt')))
      const weights = named(builder, add(operandStart(parameters, records, 1), mul(group, field('weightGroup'))))
      const table = add(parameters, ofPart('tableAt'))
      when(
        field('isDirectSum'),
        () => {
          // All pairs of a row, band by band.
          const band = builder.local('i32')
          const pairs = named(builder, quotient(ofPart('pairs'), ofPart('bands')))
          const row = mul(mul(block, ofPart('pairs')), itemBytes)
          const target = named(builder, add(packedWeights(correlating, group), row))
          countUp(band, 0, ofPart('bands'), 1, () => {
            callWith(convolutionImports.packTapRow, [
              add(weights, mul(block, field('weightRow'))),
              field('weightRow'),
              field('weightChannel'),
              add(table, mul(mul(band, ofPart('taps')), tapBytes.size)),
              ofPart('taps'),
              0,
              pairs,
              1,
              target,
            ])
            increase(target, mul(pairs, itemBytes))
          })
        },
        () => {
          const target = named(builder, add(packedWeights(correlating, group), packedBytes(correlating, from)))
          when(
            ofPart('isPlain'),
            () => {
              callWith(contractionImports.packLeft, [
                field('variant'),
                add(weights, mul(from, itemBytes)),
                field('weightRow'),
                itemBytes,
                field('rows'),
                depth,
                target,
                depth,
              ])
            },
            () => {
              callWith(convolutionImports.packTaps, [
                field('variant'),
                weights,
                field('weightRow'),
                field('weightChannel'),
                table,
                ofPart('taps'),
                from,
                depth,
                field('rows'),
                target,
              ])
            },
          )
        },
      )
    })
  })
}
