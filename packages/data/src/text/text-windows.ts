import { ArgumentError, IndexError, tensor, type Tensor } from '@chainrule/tensor'
import { checkCount } from '../check-options.js'
import type { Dataset } from '../loading/dataset.js'

/** Options of {@link textWindows}. */
export interface TextWindowsOptions {
  /** Characters in a window. */
  readonly length: number
  /** Characters from the start of one window to that of the next; the length by default, so that windows do not overlap. */
  readonly stride?: number
}

/** A window, and the characters that follow each of its characters. */
export interface TextWindow {
  readonly input: Int32Array
  /** `input`, one character later. */
  readonly target: Int32Array
}

/** Windows side by side. */
export interface TextWindowBatch {
  /** Int32, shape [windows, length]. */
  readonly input: Tensor
  /** Int32, shape [windows, length]: `input`, one character later. */
  readonly target: Tensor
}

/**
 * Cuts a text into windows to predict the next character from: window w has the input numbers[w·stride … w·stride + length)
 * and as target the same, one place later.
 *
 * @param numbers - the text, as from `loadText`
 * @param options - length and stride
 * @returns a dataset for `DataLoader`
 * @throws ArgumentError when not one window fits, or length or stride are no whole numbers of at least 1
 *
 * @example
 * ```ts
 * import { textWindows } from '@chainrule/data'
 * const windows = textWindows(Int32Array.of(4, 5, 6, 7, 8), { length: 2 })
 * console.log(windows.length, windows.get(1)) // 2 { input: [6, 7], target: [7, 8] }
 * ```
 */
export const textWindows = (
  numbers: Int32Array,
  { length, stride = length }: TextWindowsOptions,
): Dataset<TextWindow, TextWindowBatch> => {
  checkCount(length, 'length', 1, 'textWindows')
  checkCount(stride, 'stride', 1, 'textWindows')
  if (numbers.length <= length) {
    throw new ArgumentError(
      `textWindows: got ${numbers.length} characters, expected at least ${length + 1} for a window of ${length} and its target. ` +
        'Give a longer text or a smaller length.',
    )
  }
  const windows = Math.floor((numbers.length - 1 - length) / stride) + 1
  const startOf = (index: number): number => {
    if (Number.isInteger(index) && index >= 0 && index < windows) return index * stride
    throw new IndexError(
      `textWindows: got index ${index}, expected 0 to ${windows - 1}. Ask for an index below length.`,
    )
  }
  const gather = (indices: Uint32Array, shift: number): Tensor => {
    const values = new Int32Array(indices.length * length)
    indices.forEach((index, row) => {
      const start = startOf(index) + shift
      values.set(numbers.subarray(start, start + length), row * length)
    })
    return tensor(values, { shape: [indices.length, length] })
  }
  return {
    length: windows,
    get: (index) => {
      const start = startOf(index)
      return { input: numbers.slice(start, start + length), target: numbers.slice(start + 1, start + length + 1) }
    },
    batch: (indices) => ({ input: gather(indices, 0), target: gather(indices, 1) }),
  }
}
