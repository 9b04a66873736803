import { contractionLayout } from '../contraction/contraction-layout.js'
import type { Leaves } from '../expression-leaves.js'
import { sourceFields, windowFields } from './window-code.js'

const fields = [
  /** 1 where groups have so few outputs that weights are summed directly, without packing. */
  'isDirectSum',
  /** 1 where (channel, tap) pairs are the rows of the product, and outputs its columns. */
  'isSwapped',
  'variant',
  'panelRows',
  'panelColumns',
  /** Planes of the output in one group; groups; pairs of channel and tap. */
  'outputs',
  'groups',
  'taps',
  'tableAt',
  'pairs',
  /** Sizes of an output plane, and how many areas it has. */
  'rows',
  'columns',
  'areasDown',
  'areasAcross',
  /** Bytes of a row, a plane and a sample of the gradient. */
  'gradientPitch',
  'gradientPlane',
  'gradientSample',
  /** Areas of all samples; how many one partial sum adds up, and how many one block of depth holds. */
  'units',
  'unitsPerPartial',
  'partials',
  'unitsPerBlock',
  /** Pairs that an item works on, and how many such blocks there are. */
  'blockPairs',
  'pairBlocks',
  'items',
  /** Bytes of a partial sum, and of a row of it; rows that exist. */
  'partialBytes',
  'partialPitch',
  'partialRows',
  'partialColumns',
  /** Rows that a chunk of the last phase adds up, and such chunks of a group. */
  'reduceRows',
  'reduceChunks',
  /** Pieces in which a row is finished. */
  'spans',
  'spanColumns',
  'gradientAt',
  'pairsAt',
  'spareAt',
  ...sourceFields,
  ...windowFields,
] as const

export type WeightGradientField = (typeof fields)[number]

/** Operands: gradient of the output, input, those of the epilogue, gradient of the weights. */
export const weightGradientLayout = (inputs: number, leaves: Leaves) => contractionLayout(3 + inputs, leaves, fields)
