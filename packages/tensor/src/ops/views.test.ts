import { describe, expect, test } from 'vitest'
import { memory, type Tensor } from '../index.js'
import { zeros } from './creation.js'
import { arange } from './sequence.js'
import { broadcastTo, flatten, permute, reshape, squeeze, transpose, unsqueeze } from './movement.js'
import { chunk, flip, narrow, select, slice, split } from './slicing.js'
import { takeAlongAxis } from './indexing.js'

const matrix = (): Tensor => reshape(arange(24), [2, 3, 4])

describe('views share the storage of their tensor', () => {
  test.each<readonly [name: string, view: (x: Tensor) => Tensor]>([
    ['reshape', (x) => reshape(x, [6, 4])],
    ['flatten', (x) => flatten(x)],
    ['transpose', (x) => transpose(x, 0, 2)],
    ['permute', (x) => permute(x, [1, 2, 0])],
    ['unsqueeze', (x) => unsqueeze(x, 1)],
    ['squeeze', (x) => squeeze(unsqueeze(x, 0))],
    ['broadcastTo', (x) => broadcastTo(x, [5, 2, 3, 4])],
    ['slice', (x) => slice(x, [0, 1], [2, 3], [1, 2])],
    ['narrow', (x) => narrow(x, 1, 1, 2)],
    ['select', (x) => select(x, 2, 1)],
    ['flip', (x) => flip(x, [0, 1])],
    ['detach', (x) => x.detach()],
    ['split', (x) => split(x, 2, 1)[1] ?? x],
    ['chunk', (x) => chunk(x, 2, 2)[1] ?? x],
    ['reshape of a slice along the first axis', (x) => reshape(narrow(x, 0, 1, 1), [3, 4])],
    ['reshape that splits a permuted axis', (x) => reshape(permute(x, [2, 0, 1]), [2, 2, 6])],
    ['reshape that joins axes of a strided view', (x) => reshape(slice(x, [0], [2], [1]), [6, 4])],
    ['reshape of a flipped axis cut in two', (x) => reshape(flip(x, 2), [2, 3, 2, 2])],
    ['a chain of them', (x) => flip(select(transpose(reshape(x, [4, 6]), 0, 1), 0, 2), 0)],
  ])('%s', (_, view) => {
    const x = matrix()
    const { bytes } = memory()
    const seen = view(x)
    expect(seen.storage?.id).toBe(x.storage?.id)
    expect(memory().bytes).toBe(bytes)
  })

  test('reshape copies where the axes to join do not lie together', () => {
    const x = transpose(reshape(arange(6), [2, 3]), 0, 1)
    const joined = reshape(x, [6])
    expect(joined.storage?.id).not.toBe(x.storage?.id)
    expect([...joined.dataSync()]).toEqual([0, 3, 1, 4, 2, 5])
  })

  test('an op that changes nothing gives the tensor itself', () => {
    const x = matrix()
    for (const same of [
      reshape(x, [2, -1, 4]),
      permute(x, [0, 1, 2]),
      transpose(x, 1, 1),
      squeeze(x),
      broadcastTo(x, [-1, 3, 4]),
      slice(x, [0]),
      narrow(x, 1, 0, 3),
      flip(x, []),
      x.to('int32'),
      x.to('reference'),
    ]) {
      expect(same).toBe(x)
    }
  })

  test('a view keeps the memory when its tensor is disposed', () => {
    const x = matrix()
    const row = select(x, 0, 1)
    x.dispose()
    expect([...select(row, 0, 0).dataSync()]).toEqual([12, 13, 14, 15])
  })

  test('the memory goes with the last view', () => {
    const { bytes } = memory()
    const x = zeros([2, 3, 4])
    const views = [transpose(x, 0, 1), flip(x, 0)]
    x.dispose()
    expect(memory().bytes).toBe(bytes + 96)
    for (const view of views) view.dispose()
    expect(memory().bytes).toBe(bytes)
  })

  test('takeAlongAxis broadcasts without copying its tensor', () => {
    const x = reshape(arange(4), [1, 4])
    const index = reshape(arange(2), [2, 1])
    expect([...takeAlongAxis(x, index, 1).dataSync()]).toEqual([0, 1])
  })
})
