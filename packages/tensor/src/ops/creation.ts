import { applyOne } from '../apply.js'
import type { Cell } from '../cell.js'
import { currentDevice, deviceNamed } from '../device-registry.js'
import type { Device } from '../device.js'
import type { DType } from '../dtype.js'
import { ArgumentError } from '../errors.js'
import { cast, cellSlot, equal, index } from '../expression/builders.js'
import type { MapStructure } from '../kernel.js'
import { checkShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { requireFits } from './require-fits.js'

/** Options of functions that make tensors. */
export interface CreationOptions {
  /** Element type. Default float32 unless the function says otherwise. */
  readonly dtype?: DType
  /** Name of the device. Default the current one. */
  readonly device?: string
}

/** The device object of creation options. */
export const homeOf = (name: string | undefined): Device => (name === undefined ? currentDevice() : deviceNamed(name))

const structures = new Map<string, MapStructure>()

/** The structure of a generated tensor, one object a key. */
export const structureOf = (key: string, make: () => MapStructure): MapStructure => {
  const known = structures.get(key) ?? make()
  structures.set(key, known)
  return known
}

/** Carries out a map without tensor operands. */
export const generate = (
  name: string,
  shape: readonly number[],
  structure: MapStructure,
  cells: readonly (number | Cell)[],
  home: Device,
): Tensor => {
  checkShape(name, shape)
  return applyOne('map', [], { name, shape, structure, cells }, home)
}

/**
 * A tensor filled with one number.
 *
 * @param shape - sizes
 * @param value - the number, boolean or cell; a boolean makes a bool tensor
 * @param options - `dtype`, `device`
 * @returns the tensor
 *
 * @example
 * ```ts
 * import { full } from '@chainrule/tensor'
 * console.log(full([2], 7).toString()) // tensor([7, 7], float32)
 * ```
 */
export const full = (shape: readonly number[], value: number | boolean | Cell, options: CreationOptions = {}): Tensor =>
  filled('full', shape, value, options)

/** What fills a shape, under the name of who asks. */
const filled = (
  operation: string,
  shape: readonly number[],
  value: number | boolean | Cell,
  { dtype = typeof value === 'boolean' ? 'bool' : 'float32', device }: CreationOptions,
): Tensor => {
  if (typeof value === 'number' && dtype !== 'bool') requireFits(operation, value, dtype)
  const structure = structureOf(`full ${dtype}`, () => ({ inputs: [], outputs: [cellSlot(0, dtype)] }))
  checkShape(operation, shape)
  return generate('full', shape, structure, [typeof value === 'boolean' ? Number(value) : value], homeOf(device))
}

/**
 * A tensor of zeros.
 *
 * @param shape - sizes
 * @param options - `dtype` (default float32), `device`
 * @returns the tensor
 *
 * @example
 * ```ts
 * import { zeros } from '@chainrule/tensor'
 * console.log(zeros([2]).toString()) // tensor([0, 0], float32)
 * ```
 */
export const zeros = (shape: readonly number[], options: CreationOptions = {}): Tensor =>
  filled('zeros', shape, 0, options)

/**
 * A tensor of ones.
 *
 * @param shape - sizes
 * @param options - `dtype` (default float32), `device`
 * @returns the tensor
 *
 * @example
 * ```ts
 * import { ones } from '@chainrule/tensor'
 * console.log(ones([2]).toString()) // tensor([1, 1], float32)
 * ```
 */
export const ones = (shape: readonly number[], options: CreationOptions = {}): Tensor =>
  filled('ones', shape, 1, options)

/**
 * Zeros of the shape, dtype and device of a tensor.
 *
 * @param x - the model
 * @returns the tensor
 *
 * @example
 * ```ts
 * import { ones, zerosLike } from '@chainrule/tensor'
 * console.log(zerosLike(ones([2])).toString()) // tensor([0, 0], float32)
 * ```
 */
export const zerosLike = (x: Tensor): Tensor => full(x.shape, 0, { dtype: x.dtype, device: x.device })

/**
 * Ones of the shape, dtype and device of a tensor.
 *
 * @param x - the model
 * @returns the tensor
 *
 * @example
 * ```ts
 * import { onesLike, zeros } from '@chainrule/tensor'
 * console.log(onesLike(zeros([2])).toString()) // tensor([1, 1], float32)
 * ```
 */
export const onesLike = (x: Tensor): Tensor => full(x.shape, 1, { dtype: x.dtype, device: x.device })

/**
 * The identity matrix.
 *
 * @param n - rows, and columns unless `columns` is given
 * @param options - `columns`, `dtype` (default float32), `device`
 * @returns [n, columns] with ones on the main diagonal
 *
 * @example
 * ```ts
 * import { eye } from '@chainrule/tensor'
 * console.log(eye(2).toString())
 * // tensor([[1, 0],
 * //         [0, 1]], float32)
 * ```
 */
export const eye = (
  n: number,
  { columns = n, dtype = 'float32', device }: CreationOptions & { readonly columns?: number } = {},
): Tensor => {
  const structure = structureOf(`eye ${dtype}`, () => ({
    inputs: [],
    outputs: [cast(equal(index(0), index(1)), dtype)],
  }))
  return generate('eye', [n, columns], structure, [], homeOf(device))
}

/** Whether a dtype can hold random floats; others are refused by the random functions. */
export const floatingOr = (operation: string, dtype: DType): 'float32' | 'float64' => {
  if (dtype !== 'float32' && dtype !== 'float64') {
    throw new ArgumentError(`${operation}: got dtype ${dtype}, expected float32 or float64.`)
  }
  return dtype
}
