import type { ArgumentField, LaunchOperand } from '../launch.js'
import type { OperandCode } from '../operand-code.js'

/** One factor, seen as outer × inner: rows of the left one, columns of the right one, against the contracted axis. */
export interface Factor {
  readonly operands: readonly LaunchOperand[]
  readonly fields: readonly ArgumentField[]
  /** Along which axis neighbouring elements lie. */
  readonly contiguous: 'outer' | 'inner'
  /** Whether a load gives four neighbours along that axis. */
  readonly isVector: boolean
  /** What of its code does not follow from the rest. */
  readonly key: string
  /** Type of what `place_of_NAME` gives. */
  readonly placeType: 'u32' | 'vec4<u32>'
  /**
   * WGSL of `place_of_NAME(batch: u32, outer: u32)`, what a thread works out once about a line of the factor, and of
   * `load_NAME(place, outer: u32, inner: u32, end: u32, whole: bool)`, the elements there: zeros where `outer` or `inner` is
   * outside, which is not checked where `whole`.
   */
  code(codes: readonly OperandCode[]): string
}

/** Where the results go. */
export interface Sink {
  readonly operands: readonly LaunchOperand[]
  readonly fields: readonly ArgumentField[]
  readonly key: string
  /** Whether its code is long enough to stand once, in a loop over the results of a thread. */
  readonly isLong: boolean
  /**
   * WGSL of `finish(split: u32, batch: u32, row: u32, column: u32, value: vec4)`, which stores four neighbouring columns
   * of a row, those that exist.
   */
  code(codes: readonly OperandCode[]): string
}
