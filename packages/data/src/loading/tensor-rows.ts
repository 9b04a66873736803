import { ArgumentError, indexSelect, ShapeError, Tensor, tensor } from '@chainrule/tensor'

const leaves = (source: unknown, path: string, operation: string): [path: string, tensor: Tensor][] => {
  if (source instanceof Tensor) return [[path, source]]
  if (typeof source === 'object' && source !== null && !ArrayBuffer.isView(source)) {
    return Object.entries(source).flatMap(([key, part]) => leaves(part, `${path}.${key}`, operation))
  }
  throw new ArgumentError(
    `${operation}: got ${source === null ? 'null' : typeof source} at ${path}, expected tensors in objects and arrays, an array of ` +
      'samples, or an object with `length` and `get`. Give one of those.',
  )
}

/**
 * Number of rows that the tensors of a structure share.
 *
 * @param source - tensors in objects and arrays
 * @param operation - who asks, for messages
 * @returns size of their first axis
 * @throws ShapeError when the sizes differ, or a tensor has no axis
 * @throws ArgumentError when there is something else than tensors, or nothing
 */
export const countRows = (source: unknown, operation: string): number => {
  const found = leaves(source, 'the dataset', operation)
  const [first] = found
  if (first === undefined) {
    throw new ArgumentError(
      `${operation}: got a dataset without tensors, expected at least one. Give for example { images, labels }.`,
    )
  }
  const rows = first[1].shape[0]
  for (const [path, { shape }] of found) {
    if (rows === undefined || shape[0] !== rows) {
      throw new ShapeError(
        `${operation}: got shape [${shape.join(', ')}] at ${path}, expected ${rows ?? 'some'} rows as at ${first[0]}. ` +
          'The first axis of every tensor counts the samples.',
      )
    }
  }
  return rows ?? 0
}

/**
 * Rows of every tensor in a structure, gathered on the tensor's own device.
 *
 * @param source - tensors in objects and arrays
 * @param indices - which rows
 * @returns the same structure of new tensors
 */
export const gatherRows = (source: unknown, indices: Uint32Array): unknown => {
  const chosen = new Map<string, Tensor>()
  const gather = (part: unknown): unknown => {
    if (part instanceof Tensor) {
      const index = chosen.get(part.device) ?? tensor(Int32Array.from(indices), { device: part.device })
      chosen.set(part.device, index)
      return indexSelect(part, 0, index)
    }
    if (Array.isArray(part)) return part.map(gather)
    return Object.fromEntries(Object.entries(part as object).map(([key, inner]) => [key, gather(inner)]))
  }
  try {
    return gather(source)
  } finally {
    for (const index of chosen.values()) index.dispose()
  }
}
