import {
  type Device,
  type DType,
  type Kernel,
  ReferenceDevice,
  type Storage,
  type TypedArray,
  typedArrayOf,
} from '@chainrule/tensor'
import { expect } from 'vitest'
import { openDevice } from '../open-device.js'

/** Contents of an operand, by dtype so that it can be read back. */
export interface Contents {
  readonly dtype: DType
  readonly data: TypedArray
}

/** Operands of a run; an output may lie where an input does, to be updated in place. */
export interface Operands {
  readonly inputs: readonly Contents[]
  readonly outputs: readonly (Contents | { readonly inPlaceOf: number })[]
  readonly cells?: readonly number[]
}

/** The oracle. */
export const reference = new ReferenceDevice()

/** The device under test. */
export const webgpu = await openDevice()

/** Contents from numbers. */
export const contents = (dtype: DType, numbers: Iterable<number>): Contents => {
  const list = [...numbers]
  const data = new (typedArrayOf(dtype))(list.length)
  data.set(list)
  return { dtype, data }
}

/** Numbers −7.5 … 7.5 that repeat with a period prime to most shapes, so that misplaced elements show. */
export const sampleNumbers = (length: number, seed = 0): number[] =>
  Array.from({ length }, (_, at) => (((at + seed) * 37) % 61) / 4 - 7.5)

/** Float contents of sample numbers. */
export const floats = (length: number, seed = 0): Contents => contents('float32', sampleNumbers(length, seed))

/** Int contents: places of an axis, in no order and with repeats. */
export const places = (length: number, axis: number): Contents =>
  contents(
    'int32',
    Array.from({ length }, (_, at) => ((at + 1) * 7919) % axis),
  )

/** Contents that a kernel must not leave behind. */
export const unset = (dtype: DType, length: number): Contents =>
  contents(
    dtype,
    Array.from({ length }, () => 1),
  )

/** Row-major strides. */
export const dense = (shape: readonly number[]): number[] => {
  let step = 1
  return shape
    .map((_, axis) => shape[shape.length - 1 - axis] ?? 1)
    .map((size) => {
      const stride = step
      step *= size
      return stride
    })
    .reverse()
}

/** Product of sizes. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

/** A new storage with contents. */
export const upload = (device: Device, { data }: Contents): Storage => {
  const storage = device.allocate(data.byteLength)
  device.write(storage, data)
  return storage
}

/** The first elements of a storage. */
export const download = (device: Device, storage: Storage, dtype: DType, length: number): Promise<TypedArray> =>
  device.read(storage, { shape: [length], strides: [1], offset: 0 }, dtype)

/** Runs a kernel and gives the whole of each output afterwards. */
export const runOn = async (device: Device, kernel: Kernel, operands: Operands): Promise<TypedArray[]> => {
  const inputs = operands.inputs.map((given) => ({ given, storage: upload(device, given) }))
  const outputs = operands.outputs.map((output) => {
    const operand =
      'inPlaceOf' in output ? inputs[output.inPlaceOf] : { given: output, storage: upload(device, output) }
    if (!operand) throw new RangeError('an output lies where an input does that is not there')
    return operand
  })
  const storages = (list: typeof inputs): Storage[] => list.map(({ storage }) => storage)
  device.run(kernel, storages(inputs), storages(outputs), operands.cells ?? [])
  const results = await Promise.all(
    outputs.map(({ given, storage }) => download(device, storage, given.dtype, given.data.length)),
  )
  for (const storage of new Set(storages([...inputs, ...outputs]))) device.free(storage)
  return results
}

/** Where two outputs differ by more than a tolerance relative to the right value or, below 1, to 1. */
export const firstDifference = (got: TypedArray, right: TypedArray, tolerance: number): string | undefined => {
  for (let at = 0; at < right.length; at++) {
    const [value = NaN, wanted = NaN] = [got[at], right[at]]
    const isSame = value === wanted || (Number.isNaN(value) && Number.isNaN(wanted))
    if (isSame || Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted))) continue
    return `element ${String(at)}: got ${String(value)}, expected ${String(wanted)}`
  }
  return undefined
}

/**
 * Runs a kernel on the oracle and on webgpu and compares every element of every output, also those that the kernel leaves
 * as they are.
 */
export const expectLikeReference = async (
  kernel: Kernel,
  operands: Operands,
  tolerance = 0,
  device: Device = webgpu,
): Promise<void> => {
  const right = await runOn(reference, kernel, operands)
  const got = await runOn(device, kernel, operands)
  right.forEach((wanted, output) => {
    const values = got[output]
    expect(values && firstDifference(values, wanted, tolerance), `output ${String(output)}`).toBeUndefined()
  })
}
