import type { Kernel } from '@chainrule/tensor'
import type { Box } from '../plan-context.js'

/** One operand of a part: which of the kernel's it is, and where its window begins. */
export interface PartOperand {
  readonly position: number
  /** What it is of the whole kernel, where it is not the same: a part may read an output that earlier parts wrote. */
  readonly kind?: 'output'
  /** First byte of the window, a multiple of 256. */
  readonly byteOffset: number
}

/** A kernel that does a part of another's work through windows that fit a binding. */
export interface Part {
  readonly kernel: Kernel
  readonly inputs: readonly PartOperand[]
  readonly outputs: readonly PartOperand[]
  /** Windows of scratch memory that may be larger than a binding as a whole. */
  readonly scratch?: readonly PartOperand[]
  /** Which part of the kernel it is, where the kernel is that of the whole. */
  readonly box?: Box
  /** Added to the counter cell of a random kernel. */
  readonly counterShift?: number
}

/** Offsets of storage bindings are multiples of this on every device. */
export const windowAlignment = 256

/** Cuts kernels of one kind; undefined where one step needs more than the limit. */
export type Splitter<K extends Kernel> = (kernel: K, limit: number) => readonly Part[] | undefined

/** Operands at some positions, with their windows from place `first` of a list on. */
export const operandsAt = (
  positions: readonly number[],
  byteOffsets: readonly number[],
  first = 0,
): readonly PartOperand[] => positions.map((position, at) => ({ position, byteOffset: byteOffsets[first + at] ?? 0 }))

/** Whole numbers from `first` on. */
export const range = (length: number, first = 0): readonly number[] => Array.from({ length }, (_, at) => first + at)
