import {
  allocateArray,
  type DType,
  type Expression,
  type Kernel,
  ReferenceDevice,
  type Storage,
  type TypedArray,
} from '@chainrule/tensor'

const device = new ReferenceDevice()

const bytesOf = (array: TypedArray): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

/**
 * What the reference device makes of a kernel. Operands that are the same array share a storage.
 *
 * @param kernel - the kernel
 * @param inputs - arrays of the inputs
 * @param outputs - what the outputs hold before; they are left as they are
 * @param cells - numbers of the cell slots
 * @returns new arrays with what the outputs hold afterwards
 */
export const referenceRun = (
  kernel: Kernel,
  inputs: readonly TypedArray[],
  outputs: readonly TypedArray[],
  cells: readonly number[] = [],
): TypedArray[] => {
  const storages = new Map<TypedArray, Storage>()
  const upload = (array: TypedArray): Storage => {
    const known = storages.get(array)
    if (known !== undefined) return known
    const storage = device.allocate(array.byteLength)
    device.write(storage, array)
    storages.set(array, storage)
    return storage
  }
  const from = inputs.map(upload)
  const to = outputs.map(upload)
  device.run(kernel, from, to, cells)
  const results = outputs.map((array, at) => {
    const result = array.slice()
    const storage = to[at]
    const view = { shape: [array.byteLength], strides: [1], offset: 0 }
    if (storage !== undefined) bytesOf(result).set(device.readSync(storage, view, 'bool'))
    return result
  })
  for (const storage of storages.values()) device.free(storage)
  return results
}

/**
 * What the reference device makes of an expression of whole arrays.
 *
 * @param expression - uses inputs and constants only
 * @param inputs - arrays of one length, of the dtypes of the inputs
 * @returns the results
 */
export const referenceMap = (expression: Expression, inputs: readonly TypedArray[]): TypedArray => {
  const length = inputs[0]?.length ?? 0
  const whole = { strides: [1], offset: 0 }
  const kernel: Kernel = {
    kind: 'map',
    structure: { inputs: inputs.map(dtypeOf), outputs: [expression] },
    spaces: [{ shape: [length], inputs: inputs.map(() => whole), outputs: [whole] }],
  }
  const [result] = referenceRun(kernel, inputs, [allocateArray(expression.dtype, length)])
  if (result === undefined) throw new Error('A map has an output.')
  return result
}

const dtypeOf = (array: TypedArray): DType => {
  if (array instanceof Float32Array) return 'float32'
  if (array instanceof Float64Array) return 'float64'
  return array instanceof Int32Array ? 'int32' : 'bool'
}
