import { contractionLayout } from '../contraction/contraction-layout.js'
import type { Leaves } from '../expression-leaves.js'
import { sourceFields, windowFields } from './window-code.js'

const fields = [
  /** 1 where groups have so few rows that places are summed directly, without packing. */
  'isDirectSum',
  'variant',
  'panelRows',
  'panelColumns',
  /** Planes of the output in one group; groups; rows rounded up to panels. */
  'rows',
  'groups',
  'paddedRows',
  /** Strides of the weights in bytes. */
  'weightRow',
  'weightChannel',
  'weightGroup',
  'items',
  'itemsPerChunk',
  'partsAt',
  /** Pairs of a band that a native library takes at a time. */
  'depth',
  /** Where in scratch things are. */
  'rightAt',
  'sumsAt',
  'sumsStride',
  'spareAt',
  'offsetsAt',
  ...sourceFields,
] as const

export type CorrelationField = (typeof fields)[number]

/** Position of operands: source, weights, those of the epilogue, output. */
export const correlationLayout = (inputs: number, leaves: Leaves) => contractionLayout(3 + inputs, leaves, fields)

const partFields = [
  /** Numbers of items and of packing chunks up to and including this part. */
  'itemsEnd',
  'packEnd',
  /** Taps of a band, bands, and rows of the source from one to the next; one band of all taps but on a library. */
  'taps',
  'bands',
  'bandStep',
  'tableAt',
  /** Pairs of channel and tap: the depth of the product; blocks in which the weights of a group are packed. */
  'pairs',
  'packBlocks',
  'rows',
  'columns',
  /** How many areas there are along each axis. */
  'areasDown',
  'areasAcross',
  ...windowFields,
  /** Byte position of the packed weights in shared scratch, and bytes of those of a group. */
  'packedAt',
  'packedGroup',
  'isPlain',
  'recordsAt',
  /** Whether rows of places are stored as one; whether tiles are stored to the output. */
  'isMerged',
  'isDirectStore',
] as const

export type PartField = (typeof partFields)[number]

/** Words of one part. */
export const partWords = partFields.length

/** Position of a word of a part. */
export const partWord = (name: PartField): number => partFields.indexOf(name)
