import { type Kernel, ReferenceDevice, type Storage, type TypedArray } from '@chainrule/tensor'

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
