import { ArgumentError, ShapeError, stack, Tensor, tensor } from '@chainrule/tensor'
import type { NestedNumbers, SampleArray } from './dataset.js'

const arrays = [Float32Array, Float64Array, Int32Array, Int16Array, Int8Array, Uint8Array, Uint8ClampedArray] as const

const isSampleArray = (value: unknown): value is SampleArray => arrays.some((array) => value instanceof array)

const isNestedNumbers = (value: unknown): value is number | boolean | NestedNumbers =>
  typeof value === 'number' || typeof value === 'boolean' || (Array.isArray(value) && value.every(isNestedNumbers))

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (isRecord(value)) return value.constructor === Object ? 'an object' : value.constructor.name
  return value === null ? 'null' : typeof value
}

const mixed = (path: string, got: unknown, expected: string): ArgumentError =>
  new ArgumentError(
    `DataLoader: got samples of different kinds at ${path} (${kindOf(got)}), expected ${expected} in each. ` +
      'Give all samples of a dataset the same structure.',
  )

const stackArrays = (samples: readonly SampleArray[], path: string): Tensor => {
  const [first] = samples
  const width = first?.length ?? 0
  const make = arrays.find((array) => first instanceof array) ?? Float32Array
  const values = new make(samples.length * width)
  samples.forEach((sample, row) => {
    if (sample.length !== width || !(sample instanceof make)) {
      throw new ShapeError(
        `DataLoader: got arrays of different lengths or types at ${path} (${sample.constructor.name} of ${sample.length}), ` +
          `expected ${make.name} of ${width}. Pad the samples, or use batchSize: 1.`,
      )
    }
    values.set(sample, row * width)
  })
  return tensor(values, { shape: [samples.length, width] })
}

/**
 * Puts samples side by side, leaf by leaf.
 *
 * @param samples - at least one; all of the same structure
 * @param path - where in the sample, for messages
 * @returns the batch, see `Batched`
 * @throws ArgumentError when the structures differ, or hold something that cannot be batched
 * @throws ShapeError when the leaves differ in shape
 */
export const stackSamples = (samples: readonly unknown[], path = 'the sample'): unknown => {
  const [first] = samples
  const every = <T>(test: (value: unknown) => value is T, expected: string): T[] =>
    samples.map((sample) => {
      if (test(sample)) return sample
      throw mixed(path, sample, expected)
    })
  if (first instanceof Tensor)
    return stack(
      every((value) => value instanceof Tensor, 'a tensor'),
      0,
    )
  if (isSampleArray(first)) return stackArrays(every(isSampleArray, 'a typed array'), path)
  if (typeof first === 'string') return every((value) => typeof value === 'string', 'a string')
  if (isNestedNumbers(first)) return tensor(every(isNestedNumbers, 'numbers'))
  if (Array.isArray(first)) {
    const length = first.length
    const lists = every((value): value is unknown[] => Array.isArray(value) && value.length === length, kindOf(first))
    return first.map((_, place) =>
      stackSamples(
        lists.map((list) => list[place]),
        `${path}[${place}]`,
      ),
    )
  }
  if (isRecord(first) && Object.getPrototypeOf(first) === Object.prototype) {
    const keys = Object.keys(first)
    const hasKeys = (value: unknown): value is Readonly<Record<string, unknown>> =>
      isRecord(value) && Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key))
    const records = every(hasKeys, `an object with ${keys.join(', ')}`)
    return Object.fromEntries(
      keys.map((key) => [
        key,
        stackSamples(
          records.map((record) => record[key]),
          `${path}.${key}`,
        ),
      ]),
    )
  }
  throw new ArgumentError(
    `DataLoader: got ${kindOf(first)} at ${path}, expected tensors, typed arrays of floats or of integers up to 32 bits, numbers, ` +
      'booleans, strings, or arrays and objects of them. Convert it, or give the dataset a `batch` method.',
  )
}
