import {
  add,
  callWith,
  countUp,
  equal,
  increase,
  less,
  minimum,
  mul,
  named,
  notEqual,
  quotient,
  set,
  when,
} from '../../assembly/words.js'
import { type LibraryDType, libraryProducts } from '../library/library-code.js'
import { eachItem, type Gathering, locateUnit, makeUnit, openUnit } from './gathering.js'
import { patchImports } from './patch-core.js'

/**
 * Products of gradients and patches over the places of some samples, by a native library. The gradients of one area lie as the
 * library takes them; those of several are copied side by side.
 */
export const gatherOnLibrary = (gathering: Gathering, dtype: LibraryDType): void => {
  const { builder, run, arithmetic, field } = gathering
  const { itemBytes } = arithmetic
  const { scratch, parameters } = run
  eachItem(gathering, (item) => {
    const unit = makeUnit(builder, item.group)
    const patches = named(builder, add(scratch, field('pairsAt')))
    const gradients = named(builder, add(scratch, field('gradientAt')))
    const target = named(builder, add(item.partial, mul(item.firstPair, itemBytes)))
    const [left, leading] = [builder.local('i32'), builder.local('i32')]
    const [from, to, index] = [named(builder, item.firstUnit), builder.local('i32'), builder.local('i32')]
    const [depth, at] = [builder.local('i32'), builder.local('i32')]
    const oneBlock = (): void => {
      set(to, minimum(add(from, field('unitsPerBlock')), item.lastUnit))
      set(depth, 0)
      countUp(index, from, to, 1, () => {
        locateUnit(gathering, unit, index)
        increase(depth, mul(unit.rows, unit.columns))
      })
      set(left, gradients)
      set(leading, depth)
      set(at, 0)
      countUp(index, from, to, 1, () => {
        openUnit(gathering, unit, index)
        callWith(patchImports.packPatches, [
          unit.window,
          field('windowPlane'),
          add(parameters, field('tableAt')),
          field('taps'),
          item.firstPair,
          item.pairs,
          field('rowStep'),
          unit.rows,
          unit.columns,
          add(patches, mul(at, itemBytes)),
          mul(depth, itemBytes),
        ])
        when(
          equal(add(from, 1), to),
          () => {
            set(left, unit.gradient)
            set(leading, quotient(field('gradientPlane'), itemBytes))
          },
          () => {
            callWith(patchImports.copyRuns, [
              unit.gradient,
              field('gradientPlane'),
              field('outputs'),
              mul(unit.rows, unit.columns),
              add(gradients, mul(at, itemBytes)),
              mul(depth, itemBytes),
            ])
          },
        )
        increase(at, mul(unit.rows, unit.columns))
      })
      callWith(libraryProducts[dtype], [
        0,
        1,
        field('outputs'),
        item.pairs,
        depth,
        left,
        leading,
        patches,
        depth,
        notEqual(from, item.firstUnit),
        target,
        quotient(field('partialPitch'), itemBytes),
      ])
      set(from, to)
    }
    builder.repeatWhile(oneBlock, less(from, item.lastUnit))
  })
}
