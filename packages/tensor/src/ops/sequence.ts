import { type DType, isFloating } from '../dtype.js'
import { ArgumentError } from '../errors.js'
import { add, cast, cellSlot, index, less, mul, sub, where } from '../expression/builders.js'
import type { Expression } from '../expression/expression.js'
import type { MapStructure } from '../kernel.js'
import type { Tensor } from '../tensor.js'
import { type CreationOptions, generate, homeOf, structureOf } from './creation.js'

const isInt32 = (value: number): boolean => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31

/**
 * 0, 1, … below end. Whole arguments make int32.
 *
 * @param end - the end, which is left out
 * @param options - `dtype` (default int32 for whole arguments, else float32), `device`
 * @returns a 1-D tensor
 * @throws ArgumentError for numbers that are not finite, or for int32 that are not whole or out of range
 *
 * @example
 * ```ts
 * import { arange } from '@chainrule/tensor'
 * console.log(arange(3).toString()) // tensor([0, 1, 2], int32)
 * ```
 */
export function arange(end: number, options?: CreationOptions): Tensor
/**
 * start, start + 1, … below end. Whole arguments make int32.
 *
 * @param start - the first number
 * @param end - the end, which is left out
 * @param options - `dtype` (default int32 for whole arguments, else float32), `device`
 * @returns a 1-D tensor
 * @throws ArgumentError for numbers that are not finite, or for int32 that are not whole or out of range
 *
 * @example
 * ```ts
 * import { arange } from '@chainrule/tensor'
 * console.log(arange(2, 5).toString()) // tensor([2, 3, 4], int32)
 * ```
 */
export function arange(start: number, end: number, options?: CreationOptions): Tensor
/**
 * start, start + step, … before end. Whole arguments make int32.
 *
 * @param start - the first number
 * @param end - the end, which is left out
 * @param step - the difference of neighbours, not 0
 * @param options - `dtype` (default int32 for whole arguments, else float32), `device`
 * @returns a 1-D tensor
 * @throws ArgumentError when the step is 0, for numbers that are not finite, or for int32 that are not whole or out of range
 *
 * @example
 * ```ts
 * import { arange } from '@chainrule/tensor'
 * console.log(arange(3, 0, -1).toString()) // tensor([3, 2, 1], int32)
 * ```
 */
export function arange(start: number, end: number, step: number, options?: CreationOptions): Tensor
export function arange(first: number, ...rest: (number | CreationOptions | undefined)[]): Tensor {
  const numbers = rest.filter((value) => typeof value === 'number')
  const options = rest.find((value) => typeof value === 'object') ?? {}
  const [end = first, step = 1] = numbers
  const start = numbers.length === 0 ? 0 : first
  if (![start, end, step].every(Number.isFinite) || step === 0) {
    throw new ArgumentError(
      `arange: got start ${start}, end ${end}, step ${step}, expected finite numbers and a step other than 0.`,
    )
  }
  const { dtype = [start, step, end].every(Number.isInteger) ? 'int32' : 'float32' } = options
  const length = Math.max(0, Math.ceil((end - start) / step))
  const last = start + step * Math.max(0, length - 1)
  if (dtype === 'bool' || (dtype === 'int32' && ![start, step, last].every(isInt32))) {
    throw new ArgumentError(
      `arange: got start ${start}, end ${end}, step ${step} for ${dtype}, expected whole numbers within int32. Choose a float dtype.`,
    )
  }
  const structure = structureOf(`arange ${dtype}`, () => ({
    inputs: [],
    outputs: [add(cellSlot(0, dtype), mul(cast(index(0), dtype), cellSlot(1, dtype)))],
  }))
  return generate('arange', [length], structure, [start, step], homeOf(options.device))
}

/** Counts from the start in the first half and from the end in the second, so that both ends are exact, as PyTorch. */
const linspaceStructure = (dtype: DType): MapStructure => {
  const wide = isFloating(dtype) ? dtype : 'float32'
  const slot = (position: number): Expression => cellSlot(position, wide)
  const [start, end, step, last, half] = [slot(0), slot(1), slot(2), slot(3), slot(4)]
  const place = cast(index(0), wide)
  const value = where(less(place, half), add(start, mul(place, step)), sub(end, mul(sub(last, place), step)))
  return { inputs: [], outputs: [cast(value, dtype)] }
}

/**
 * `steps` numbers evenly spaced from start to end, both included.
 *
 * @param start - first number
 * @param end - last number
 * @param steps - how many
 * @param options - `dtype` (default float32), `device`
 * @returns a 1-D tensor
 *
 * @example
 * ```ts
 * import { linspace } from '@chainrule/tensor'
 * console.log(linspace(0, 1, 3).toString()) // tensor([0, 0.5, 1], float32)
 * ```
 */
export const linspace = (
  start: number,
  end: number,
  steps: number,
  { dtype = 'float32', device }: CreationOptions = {},
): Tensor => {
  if (!Number.isInteger(steps) || steps < 0) {
    throw new ArgumentError(`linspace: got ${steps} steps, expected a whole number of at least 0.`)
  }
  const step = steps > 1 ? (end - start) / (steps - 1) : 0
  const cells = [start, steps > 1 ? end : start, step, steps - 1, Math.floor(steps / 2)]
  return generate(
    'linspace',
    [steps],
    structureOf(`linspace ${dtype}`, () => linspaceStructure(dtype)),
    cells,
    homeOf(device),
  )
}
