import type { Kernel } from '@chainrule/tensor'

/** One operand of a part: which of the kernel's it is, and where its window begins. */
export interface PartOperand {
  readonly position: number
  /** First byte of the window, a multiple of 256. */
  readonly byteOffset: number
}

/** A kernel that does a part of another's work through windows that fit a binding. */
export interface Part {
  readonly kernel: Kernel
  readonly inputs: readonly PartOperand[]
  readonly outputs: readonly PartOperand[]
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
