import { memory, ShapeError, StateDictError, tensor, type Tensor } from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DataLoader, type DataLoaderOptions, type DataLoaderState } from './data-loader.js'
import type { Dataset } from './dataset.js'

const count = (length: number): Int32Array => Int32Array.from({ length }, (_, index) => index)

/** Rows (i, 10 i) and labels i, for i from 0. */
const rows = (length: number): { inputs: Tensor; labels: Tensor } => ({
  inputs: tensor(
    Float32Array.from({ length: 2 * length }, (_, place) => (place % 2 === 0 ? place / 2 : 5 * (place - 1))),
    { shape: [length, 2] },
  ),
  labels: tensor(count(length)),
})

const epoch = (loader: Iterable<{ labels: Tensor }>): number[] => {
  const labels: number[] = []
  for (const batch of loader) labels.push(...batch.labels.dataSync())
  return labels
}

const options = fc.record({
  batchSize: fc.integer({ min: 1, max: 12 }),
  shuffle: fc.boolean(),
  seed: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  dropLast: fc.boolean(),
})
const sizes = fc.integer({ min: 0, max: 40 })

describe('DataLoader', () => {
  test('covers each sample once an epoch, in batches of the size asked for', () => {
    fc.assert(
      fc.property(sizes, options, (length, settings) => {
        const loader = new DataLoader(rows(length), { ...settings, keepBatches: true })
        for (let round = 0; round < 2; round++) {
          const batches = [...loader]
          expect(batches.length).toBe(loader.length)
          const found = batches.map(({ labels }) => [...labels.dataSync()])
          const full = Math.floor(length / settings.batchSize)
          const rest = settings.dropLast ? 0 : length % settings.batchSize
          expect(found.map((labels) => labels.length)).toEqual([
            ...Array.from({ length: full }, () => settings.batchSize),
            ...(rest > 0 ? [rest] : []),
          ])
          const all = found.flat()
          expect(new Set(all).size).toBe(all.length)
          expect(all.every((label) => label >= 0 && label < length)).toBe(true)
          if (!settings.shuffle) expect(all).toEqual([...count(all.length)])
          for (const { inputs, labels } of batches) {
            expect([...inputs.dataSync()]).toEqual([...labels.dataSync()].flatMap((label) => [label, 10 * label]))
          }
        }
      }),
    )
  })

  test('repeats its orders for the same seed', () => {
    fc.assert(
      fc.property(sizes, options, (length, settings) => {
        const [first, second] = [new DataLoader(rows(length), settings), new DataLoader(rows(length), settings)]
        for (let round = 0; round < 3; round++) expect(epoch(first)).toEqual(epoch(second))
      }),
    )
  })

  test('shuffles anew in each epoch, and otherwise for another seed', () => {
    const loader = new DataLoader(rows(50), { batchSize: 8, shuffle: true, seed: 1 })
    const other = new DataLoader(rows(50), { batchSize: 8, shuffle: true, seed: 2 })
    const orders = [epoch(loader), epoch(loader), epoch(loader), epoch(other)].map((order) => order.join())
    expect(new Set(orders).size).toBe(4)
    expect(orders).not.toContain(count(50).join())
  })

  test('continues from a saved state as if it had never stopped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), options, fc.nat(20), (length, settings, stop) => {
        const record = (loader: DataLoader<ReturnType<typeof rows>>, into: string[], most = Infinity): string => {
          let saved = JSON.stringify(loader.stateDict())
          while (loader.epoch < 4) {
            for (const { labels } of loader) {
              if (into.length === most) return saved
              into.push(labels.dataSync().join())
              saved = JSON.stringify(loader.stateDict())
            }
          }
          return saved
        }
        const whole: string[] = []
        record(new DataLoader(rows(length), settings), whole)
        const parts: string[] = []
        const saved = record(new DataLoader(rows(length), settings), parts, stop)
        const resumed = new DataLoader(rows(length), { ...settings, seed: 0 })
        resumed.loadStateDict(JSON.parse(saved) as DataLoaderState)
        record(resumed, parts)
        expect(parts).toEqual(whole)
      }),
    )
  })

  test('begins a new epoch after a loop that was left early', () => {
    const loader = new DataLoader(rows(9), { batchSize: 2 })
    for (const { labels } of loader) {
      expect([...labels.dataSync()]).toEqual([0, 1])
      break
    }
    expect(loader.stateDict()).toMatchObject({ epoch: 0, position: 2 })
    expect(epoch(loader)).toEqual([...count(9)])
    expect(loader.epoch).toBe(2)
  })

  test('counts epochs', () => {
    const loader = new DataLoader(rows(4), { batchSize: 3 })
    const during: number[] = []
    for (let round = 0; round < 2; round++) for (const _ of loader) during.push(loader.epoch)
    expect([...during, loader.epoch]).toEqual([0, 0, 1, 1, 2])
  })

  test('disposes a batch when the next is asked for, so memory is flat', () => {
    const loader = new DataLoader(rows(40), { batchSize: 4, shuffle: true })
    const before = memory().tensors
    const live: number[] = []
    let last: Tensor | undefined
    for (const { labels } of loader) {
      expect(last?.isDisposed ?? true).toBe(true)
      last = labels
      live.push(memory().tensors - before)
    }
    expect(live).toEqual(live.map(() => 2))
    expect(memory().tensors).toBe(before)
  })

  test('keeps batches alive when told so', () => {
    const batches = [...new DataLoader(rows(6), { batchSize: 2, keepBatches: true })]
    expect(batches.map(({ labels }) => labels.dataSync().join())).toEqual(['0,1', '2,3', '4,5'])
  })

  test('batches a lone tensor, and tensors in nested structures', () => {
    const { inputs, labels } = rows(3)
    const [lone] = [...new DataLoader(inputs, { batchSize: 2 })]
    expect(lone?.shape).toEqual([2, 2])
    const nested = new DataLoader({ pair: [inputs, labels] as const, labels }, { batchSize: 2 })
    const shapes: unknown[] = []
    for (const batch of nested) shapes.push([batch.pair[0].shape, batch.pair[1].shape, batch.labels.shape])
    expect(shapes).toEqual([
      [[2, 2], [2], [2]],
      [[1, 2], [1], [1]],
    ])
  })

  test('keeps dtypes and shapes of rows', () => {
    const source = {
      image: tensor(new Float64Array(24), { shape: [4, 1, 3, 2] }),
      flag: tensor([true, false, true, true]),
    }
    for (const { image, flag } of new DataLoader(source, { batchSize: 4 })) {
      expect([image.dtype, image.shape]).toEqual(['float64', [4, 1, 3, 2]])
      expect([flag.dtype, ...flag.dataSync()]).toEqual(['bool', 1, 0, 1, 1])
    }
  })

  test('puts the samples of an array side by side', () => {
    const samples = [0, 1, 2].map((index) => ({
      point: [index, -index],
      code: Int32Array.of(index),
      byte: Uint8Array.of(index, 255),
      row: tensor([index, index]),
      even: index % 2 === 0,
      name: `n${index}`,
      pair: [index, { deep: Float64Array.of(index / 4) }] as const,
    }))
    const loader = new DataLoader(samples, { batchSize: 3 })
    for (const batch of loader) {
      expect([batch.point.dtype, batch.point.shape, ...batch.point.dataSync()]).toEqual([
        'float32',
        [3, 2],
        0,
        -0,
        1,
        -1,
        2,
        -2,
      ])
      expect([batch.code.dtype, batch.code.shape, ...batch.code.dataSync()]).toEqual(['int32', [3, 1], 0, 1, 2])
      expect([batch.byte.dtype, ...batch.byte.dataSync()]).toEqual(['int32', 0, 255, 1, 255, 2, 255])
      expect([batch.row.shape, ...batch.row.dataSync()]).toEqual([[3, 2], 0, 0, 1, 1, 2, 2])
      expect([batch.even.dtype, ...batch.even.dataSync()]).toEqual(['bool', 1, 0, 1])
      expect(batch.name).toEqual(['n0', 'n1', 'n2'])
      expect([...batch.pair[0].dataSync()]).toEqual([0, 1, 2])
      expect([batch.pair[1].deep.dtype, ...batch.pair[1].deep.dataSync()]).toEqual(['float64', 0, 0.25, 0.5])
    }
  })

  test('asks a dataset for the samples it needs, or for whole batches', () => {
    const asked: number[] = []
    const single: Dataset<{ square: number }> = {
      length: 5,
      get: (index) => {
        asked.push(index)
        return { square: index ** 2 }
      },
    }
    for (const { square } of new DataLoader(single, { batchSize: 2 })) {
      expect([...square.dataSync()]).toEqual(asked.slice(-(square.shape[0] ?? 0)).map((index) => index ** 2))
    }
    expect(asked).toEqual([0, 1, 2, 3, 4])
    const whole: Dataset<number, string> = { length: 5, get: Number, batch: (indices) => indices.join('+') }
    expect([...new DataLoader(whole, { batchSize: 2 })]).toEqual(['0+1', '2+3', '4'])
  })

  test.each<[string, object, RegExp]>([
    [
      'a number in place of a tensor',
      { a: tensor([1]), b: 3 },
      /^DataLoader: got number at the dataset\.b, expected tensors/,
    ],
    ['nothing', {}, /^DataLoader: got a dataset without tensors/],
  ])('refuses %s', (_, dataset, message) => {
    expect(() => new DataLoader(dataset)).toThrow(message)
  })

  test('refuses tensors with different numbers of rows', () => {
    const dataset = { a: tensor([1, 2]), b: { c: tensor([[1]]) } }
    expect(() => new DataLoader(dataset)).toThrow(ShapeError)
    expect(() => new DataLoader(dataset)).toThrow(
      /got shape \[1, 1\] at the dataset\.b\.c, expected 2 rows as at the dataset\.a/,
    )
    expect(() => new DataLoader({ a: tensor(1) })).toThrow(/expected some rows/)
  })

  test.each<[string, readonly unknown[], RegExp]>([
    ['kinds', [{ a: 1 }, { a: 'x' }], /different kinds at the sample\.a \(string\), expected numbers/],
    ['keys', [{ a: 1 }, { a: 1, b: 2 }], /different kinds at the sample \(an object\), expected an object with a/],
    [
      'lengths of arrays',
      [['a', 'b'], ['c']],
      /different kinds at the sample \(an array of 1\), expected an array of 2/,
    ],
    [
      'lengths of typed arrays',
      [{ a: Int32Array.of(1) }, { a: Int32Array.of(1, 2) }],
      /at the sample\.a \(Int32Array of 2\), expected Int32Array of 1/,
    ],
    ['things that are no data', [{ a: new Date(0) }], /got Date at the sample\.a, expected tensors, typed arrays/],
    ['nothing at all', [null], /got null at the sample, expected tensors/],
  ])('refuses samples of different %s', (_, samples, message) => {
    expect(() => [...new DataLoader(samples as object[], { batchSize: 2 })]).toThrow(message)
  })

  test.each<[DataLoaderOptions, RegExp]>([
    [{ batchSize: 0 }, /^DataLoader: got batchSize 0, expected a whole number of at least 1/],
    [{ batchSize: 1.5 }, /got batchSize 1\.5/],
    [{ seed: -1 }, /^DataLoader: got seed -1, expected a whole number from 0/],
    [{ seed: 2 ** 53 }, /got seed/],
  ])('refuses %j', (settings, message) => {
    expect(() => new DataLoader(rows(3), settings)).toThrow(message)
  })

  test('refuses the state of a loader over other data', () => {
    const state = new DataLoader(rows(3), { shuffle: true }).stateDict()
    expect(() => new DataLoader(rows(4), { shuffle: true }).loadStateDict(state)).toThrow(StateDictError)
    expect(() => new DataLoader(rows(3)).loadStateDict(state)).toThrow(/got a state for 3 samples with shuffle: true/)
    const loader = new DataLoader(rows(3), { shuffle: true })
    expect(() => loader.loadStateDict({ ...state, position: 4 })).toThrow(/got position 4, expected at most 3/)
    expect(() => loader.loadStateDict({ ...state, epoch: -1 })).toThrow(/got epoch -1/)
    expect(loader.stateDict()).toEqual(state)
  })
})
