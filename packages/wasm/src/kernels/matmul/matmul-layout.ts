import { type ContractionLayout, contractionLayout } from '../contraction/contraction-layout.js'
import type { Leaves } from '../expression-leaves.js'

/** How a product is computed. */
export const matmulMode = {
  /** B is packed once, in a phase of its own; chunks share it. */
  shared: 0,
  /** Chunks pack what they need of B. */
  own: 1,
  /** A few rows times a matrix whose rows lie together. */
  rows: 2,
  /** A few rows times a matrix whose columns lie together. */
  dots: 3,
} as const

const fields = [
  'mode',
  'variant',
  'rows',
  'columns',
  'inner',
  /** Size of the block of C that is one item of work, and how many there are along each axis. */
  'blockRows',
  'blockColumns',
  'rowBlocks',
  'columnBlocks',
  'items',
  'itemsPerChunk',
  /** Rows and columns of panels, and all columns rounded up to panels. */
  'panelRows',
  'panelColumns',
  'paddedColumns',
  /** Of the packing phase: columns of a chunk, chunks along the columns, blocks of depth. */
  'packColumns',
  'packGroups',
  'depthBlocks',
  /** Bytes of a packed matrix; 0 where every matrix of the batch is the same. */
  'packedBytes',
  /** Whether tiles are stored to the output rather than finished from scratch. */
  'isDirect',
  /** Where in scratch the packed parts, the sums and spare room are, and bytes from row to row of the sums. */
  'rightAt',
  'sumsAt',
  'sumsStride',
  'spareAt',
] as const

export type MatmulField = (typeof fields)[number]

export const matmulLayout = (inputs: number, leaves: Leaves) => contractionLayout(3 + inputs, leaves, fields)

export type MatmulLayout = ContractionLayout<MatmulField | 'sharedScratch'>
