import { type ContractionLayout, contractionLayout } from '../contraction/contraction-layout.js'
import type { Leaves } from '../expression-leaves.js'

const fields = [
  'rows',
  'columns',
  'inner',
  /** Size of the block of C that is one call, and how many there are along each axis. */
  'blockRows',
  'blockColumns',
  'rowBlocks',
  'columnBlocks',
  'items',
  'itemsPerChunk',
  /** How A and B are passed (`operandForm`), and their leading dimensions in elements. */
  'leftForm',
  'leftLeading',
  'rightForm',
  'rightLeading',
  /** Whether the library writes to the output rather than to scratch, and the leading dimension of what it writes. */
  'isDirect',
  'targetLeading',
  /** Where in scratch packed B, the sums and spare room are; packed A is at its start. */
  'rightAt',
  'sumsAt',
  'spareAt',
] as const

export type LibraryField = (typeof fields)[number]

export const libraryLayout = (inputs: number, leaves: Leaves) => contractionLayout(3 + inputs, leaves, fields)

export type LibraryLayout = ContractionLayout<LibraryField | 'sharedScratch'>
