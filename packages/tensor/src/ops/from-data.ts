import { allocateArray, type DType, isFloating, type TypedArray, typedArrayOf } from '../dtype.js'
import { ArgumentError, DTypeError, ShapeError } from '../errors.js'
import { checkShape, denseStrides, showShape, sizeOf } from '../shape.js'
import { Tensor } from '../tensor.js'
import { homeOf } from './creation.js'
import { equal } from './comparison.js'
import { unsqueeze } from './movement.js'
import { arange } from './sequence.js'

/** What `tensor` takes: a number or boolean, nested arrays of them, or a typed array. */
export type TensorData =
  number | boolean | readonly TensorData[] | TypedArray | Int8Array | Int16Array | Uint8ClampedArray

/** Options of `tensor`. */
export interface TensorOptions {
  /** Sizes; the data then is in row-major order. Default: the nesting of the data. */
  readonly shape?: readonly number[]
  /** Element type. Default: float32 for numbers, bool for booleans, the matching dtype for typed arrays. */
  readonly dtype?: DType
  /** Name of the device. Default the current one. */
  readonly device?: string
}

const naturalType = (data: ArrayBufferView): DType => {
  if (data instanceof Float64Array) return 'float64'
  if (data instanceof Float32Array) return 'float32'
  if (
    data instanceof Int32Array ||
    data instanceof Int16Array ||
    data instanceof Int8Array ||
    data instanceof Uint8Array ||
    data instanceof Uint16Array ||
    data instanceof Uint8ClampedArray
  ) {
    return 'int32'
  }
  throw new DTypeError(
    `tensor: got a ${data.constructor.name}, expected Float32Array, Float64Array, Int32Array or smaller integers. Convert the data first.`,
  )
}

interface Flat {
  readonly values: ArrayLike<number>
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** Flattens nested arrays, checking that they are not ragged and not mixed. */
const flatten = (data: TensorData): Flat => {
  if (ArrayBuffer.isView(data)) return { values: data, shape: [data.length], dtype: naturalType(data) }
  const shape: number[] = []
  for (let level: TensorData = data; Array.isArray(level); level = level[0] as TensorData) shape.push(level.length)
  const values: number[] = []
  let booleans = 0
  const walk = (level: unknown, axis: number, path: string): void => {
    if (Array.isArray(level)) {
      if (level.length !== shape[axis]) {
        throw new ShapeError(
          `tensor: got ragged arrays: data${path} has ${level.length} elements, expected ${shape[axis] ?? 'a number'} as its ` +
            'neighbours have. Pad the shorter ones.',
        )
      }
      level.forEach((part, place) => {
        walk(part, axis + 1, `${path}[${place}]`)
      })
      return
    }
    if (axis !== shape.length) {
      throw new ShapeError(
        `tensor: got ragged arrays: data${path} is a ${typeof level}, expected ${shape[axis]} elements as its neighbours have. Nest all to one depth.`,
      )
    }
    if (typeof level === 'boolean') booleans += 1
    else if (typeof level !== 'number') {
      throw new ArgumentError(
        `tensor: got ${level === null ? 'null' : typeof level} at data${path}, expected numbers or booleans. ` +
          (level instanceof Tensor ? 'Use stack to join tensors.' : 'Convert the data first.'),
      )
    }
    values.push(Number(level))
  }
  walk(data, 0, '')
  if (booleans > 0 && booleans < values.length) {
    throw new DTypeError('tensor: got numbers and booleans together, expected one kind. Convert with Number(…).')
  }
  return { values, shape, dtype: booleans > 0 ? 'bool' : 'float32' }
}

const checkWhole = (values: ArrayLike<number>): void => {
  for (let place = 0; place < values.length; place++) {
    const value = values[place] ?? 0
    if (!Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 31) {
      throw new DTypeError(
        `tensor: got ${value} at place ${place} for int32, expected whole numbers in −2³¹ … 2³¹ − 1. Round first, or use a float dtype.`,
      )
    }
  }
}

const convert = ({ values, dtype: natural }: Flat, dtype: DType): TypedArray => {
  if (dtype === 'int32' && (natural !== 'int32' || !ArrayBuffer.isView(values))) checkWhole(values)
  if (dtype === 'bool') {
    const bits = allocateArray('bool', values.length)
    for (let place = 0; place < values.length; place++) bits[place] = values[place] === 0 ? 0 : 1
    return bits
  }
  const array = typedArrayOf(dtype)
  return values instanceof array ? values : array.from(values)
}

/**
 * A tensor from numbers, booleans, nested arrays or a typed array; the data is copied.
 *
 * @param data - the elements; numbers make float32, booleans bool, `Int32Array` int32, `Float64Array` float64
 * @param options - `shape`, `dtype`, `device`
 * @returns the tensor
 * @throws ShapeError for ragged arrays or a shape of another size; DTypeError for fractions or NaN in int32
 *
 * @example
 * ```ts
 * import { tensor } from '@chainrule/tensor'
 * console.log(tensor(new Int32Array([1, 2, 3, 4]), { shape: [2, 2] }).toString())
 * // tensor([[1, 2],
 * //         [3, 4]], int32)
 * ```
 */
export const tensor = (data: TensorData, options: TensorOptions = {}): Tensor => {
  const flat = flatten(data)
  const { shape = flat.shape, dtype = flat.dtype } = options
  checkShape('tensor', shape)
  if (sizeOf(shape) !== flat.values.length) {
    throw new ShapeError(
      `tensor: got ${flat.values.length} elements for shape ${showShape(shape)}, expected ${sizeOf(shape)}. Check the shape.`,
    )
  }
  const home = homeOf(options.device)
  if (!home.features.dtypes.includes(dtype)) {
    throw new DTypeError(
      `tensor: got ${dtype} on ${home.name}, expected one of ${home.features.dtypes.join(', ')}. ` +
        (dtype === 'float64' ? `Use a CPU device ('wasm' or 'reference'), or float32.` : 'Choose another dtype.'),
    )
  }
  const elements = convert(flat, dtype)
  const storage = home.allocate(elements.byteLength)
  home.write(storage, elements)
  return new Tensor({ shape: [...shape], dtype, strides: denseStrides(shape), offset: 0 }, storage, home)
}

/**
 * 1 at the place of each class, 0 elsewhere.
 *
 * @param ids - int32 classes, any shape
 * @param classes - how many classes
 * @returns int32 [...ids.shape, classes]; a class outside gives a row of zeros
 * @throws DTypeError unless the ids are int32
 *
 * @example
 * ```ts
 * import { oneHot, tensor } from '@chainrule/tensor'
 * console.log(oneHot(tensor([1], { dtype: 'int32' }), 3).toString()) // tensor([[0, 1, 0]], int32)
 * ```
 */
export const oneHot = (ids: Tensor, classes: number): Tensor => {
  if (isFloating(ids.dtype)) {
    throw new DTypeError(`oneHot: got classes of ${ids.dtype}, expected int32. Convert with .to('int32').`)
  }
  if (!Number.isInteger(classes) || classes < 1) {
    throw new ArgumentError(`oneHot: got ${classes} classes, expected a whole number of at least 1.`)
  }
  return equal(unsqueeze(ids, -1), arange(classes, { device: ids.device })).to('int32')
}
