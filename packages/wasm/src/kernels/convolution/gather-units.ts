import type { Local } from 'wasmati'
import {
  add,
  callWith,
  countUp,
  increase,
  less,
  minimum,
  mul,
  named,
  notEqual,
  push,
  roundUp,
  set,
  when,
  type Word,
} from '../../assembly/words.js'
import { contractionImports } from '../contraction/contraction-core.js'
import { convolutionImports } from './convolution-core.js'
import { eachItem, type Gathering, type Item, locateUnit, makeUnit, openUnit, type Unit } from './gathering.js'

/** Packs the gradients of a unit, over the places of its area, for the left (rows) or the right side (columns). */
const packGradient = ({ arithmetic, field }: Gathering, unit: Unit, target: Word, panelDepth: Word): void => {
  const words = [
    field('variant'),
    unit.gradient,
    field('gradientPlane'),
    arithmetic.itemBytes,
    field('outputs'),
    mul(unit.rows, unit.columns),
    target,
    panelDepth,
  ]
  when(
    field('isSwapped'),
    () => {
      callWith(contractionImports.packRight, words)
    },
    () => {
      callWith(contractionImports.packLeft, words)
    },
  )
}

const packPairs = (gathering: Gathering, unit: Unit, item: Item, target: Word, panelDepth: Word): void => {
  const { run, field } = gathering
  const words = [
    field('variant'),
    unit.window,
    field('windowPlane'),
    add(run.parameters, field('tableAt')),
    field('taps'),
    item.firstPair,
    item.pairs,
    field('rowStep'),
    unit.rows,
    unit.columns,
    target,
    panelDepth,
  ]
  when(
    field('isSwapped'),
    () => {
      callWith(convolutionImports.packPairsLeft, words)
    },
    () => {
      callWith(convolutionImports.packPairsRight, words)
    },
  )
}

/** Products of packed gradients and packed patches over the places of some samples, in register tiles. */
export const gatherTiles = (gathering: Gathering): void => {
  const { builder, run, arithmetic, field } = gathering
  const { itemBytes } = arithmetic
  const { scratch } = run
  eachItem(gathering, (item) => {
    const unit = makeUnit(builder, item.group)
    const gradient = named(builder, add(scratch, field('gradientAt')))
    const patches = named(builder, add(scratch, field('pairsAt')))
    const [target, rows, columns] = [builder.local('i32'), builder.local('i32'), builder.local('i32')]
    const [left, right] = [builder.local('i32'), builder.local('i32')]
    const [gradientWidth, pairsWidth] = [builder.local('i32'), builder.local('i32')]
    const [panelRows, panelColumns] = [field('panelRows'), field('panelColumns')]
    when(
      field('isSwapped'),
      () => {
        set(target, add(item.partial, mul(item.firstPair, field('partialPitch'))))
        set(rows, roundUp(item.pairs, panelRows))
        set(columns, roundUp(field('outputs'), panelColumns))
        set(left, patches)
        set(right, gradient)
        set(pairsWidth, mul(panelRows, itemBytes))
        set(gradientWidth, mul(panelColumns, itemBytes))
      },
      () => {
        set(target, add(item.partial, mul(item.firstPair, itemBytes)))
        set(rows, roundUp(field('outputs'), panelRows))
        set(columns, roundUp(item.pairs, panelColumns))
        set(left, gradient)
        set(right, patches)
        set(gradientWidth, mul(panelRows, itemBytes))
        set(pairsWidth, mul(panelColumns, itemBytes))
      },
    )
    const [from, to, index, depth, at] = [
      named(builder, item.firstUnit),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
    ]
    const oneBlock = (): void => {
      set(to, minimum(add(from, field('unitsPerBlock')), item.lastUnit))
      set(depth, 0)
      countUp(index, from, to, 1, () => {
        locateUnit(gathering, unit, index)
        increase(depth, mul(unit.rows, unit.columns))
      })
      set(at, 0)
      countUp(index, from, to, 1, () => {
        openUnit(gathering, unit, index)
        packPairs(gathering, unit, item, add(patches, mul(at, pairsWidth)), depth)
        packGradient(gathering, unit, add(gradient, mul(at, gradientWidth)), depth)
        increase(at, mul(unit.rows, unit.columns))
      })
      callWith(contractionImports.block, [
        field('variant'),
        left,
        rows,
        right,
        columns,
        depth,
        target,
        field('partialPitch'),
        notEqual(from, item.firstUnit),
      ])
      set(from, to)
    }
    builder.repeatWhile(oneBlock, less(from, item.lastUnit))
  })
}

const storeZeros = ({ builder, arithmetic }: Gathering, target: Local, bytes: Word): void => {
  const at = builder.local('i32')
  countUp(at, 0, bytes, arithmetic.lanes * arithmetic.itemBytes, () => {
    push(add(target, at))
    arithmetic.zero()
    arithmetic.store(0)
  })
}

/** Sums of few planes, pair by pair. */
export const gatherDirectly = (gathering: Gathering): void => {
  const { builder, run, field } = gathering
  eachItem(gathering, (item) => {
    const unit = makeUnit(builder, item.group)
    const [index, output, target, gradient] = [
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
      builder.local('i32'),
    ]
    storeZeros(gathering, item.partial, mul(field('outputs'), field('partialPitch')))
    countUp(index, item.firstUnit, item.lastUnit, 1, () => {
      openUnit(gathering, unit, index)
      set(target, item.partial)
      set(gradient, unit.gradient)
      countUp(output, 0, field('outputs'), 1, () => {
        callWith(convolutionImports.gatherWeights, [
          gradient,
          unit.window,
          field('windowPlane'),
          add(run.parameters, field('tableAt')),
          field('taps'),
          field('pairs'),
          field('rowStep'),
          unit.rows,
          unit.columns,
          field('gradientPitch'),
          target,
        ])
        increase(gradient, field('gradientPlane'))
        increase(target, field('partialPitch'))
      })
    })
  })
}
