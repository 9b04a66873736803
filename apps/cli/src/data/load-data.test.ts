import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadData } from './load-data.js'

const idx = (shape: readonly number[], ...values: readonly number[]): Uint8Array =>
  Uint8Array.of(0, 0, 8, shape.length, ...shape.flatMap((length) => [0, 0, 0, length]), ...values)

describe('loadData', () => {
  let folder = ''

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'chainrule-data-'))
    writeFileSync(join(folder, 'letters-train-images-idx3-ubyte'), idx([3, 1, 2], 0, 255, 51, 0, 0, 0))
    writeFileSync(join(folder, 'letters-train-labels-idx1-ubyte'), idx([3], 1, 0, 4))
    writeFileSync(join(folder, 'letters-test-images-idx3-ubyte'), idx([1, 1, 2], 0, 255))
    writeFileSync(join(folder, 'letters-test-labels-idx1-ubyte'), idx([1], 2))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('finds the IDX files of a folder by what their names say', async () => {
    const { train, test, classNames } = await loadData({ kind: 'idx', folder, samples: undefined })
    expect(await train.inputs.toArray()).toEqual([[[[0, 1]]], [[[expect.closeTo(0.2, 6), 0]]], [[[0, 0]]]])
    expect(await test.labels.toArray()).toEqual([2])
    expect(classNames).toEqual(['0', '1', '2', '3', '4'])
  })

  test('takes the first samples, and refuses more than there are', async () => {
    const { train } = await loadData({ kind: 'idx', folder, samples: 2 })
    expect(await train.labels.toArray()).toEqual([1, 0])
    expect(train.inputs.shape).toEqual([2, 1, 1, 2])
    await expect(loadData({ kind: 'idx', folder, samples: 4 })).rejects.toThrow(
      'train: got 4 samples, expected at most the 3 that there are. Lower --samples.',
    )
  })

  test('says which IDX file is missing, or that two could be meant', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'chainrule-data-'))
    await expect(loadData({ kind: 'idx', folder: empty, samples: undefined })).rejects.toThrow(
      /^train: got no file in .*, expected one IDX file with "train" and "images" in its name\./,
    )
    for (const name of ['train-images.idx3', 'other-train-images.idx3']) writeFileSync(join(empty, name), idx([0]))
    await expect(loadData({ kind: 'idx', folder: empty, samples: undefined })).rejects.toThrow(
      /^train: got (other-)?train-images\.idx3, (other-)?train-images\.idx3 in/,
    )
    rmSync(empty, { recursive: true })
  })

  test('standardises the features of a table and names its classes', async () => {
    const file = join(folder, 'table.csv')
    writeFileSync(
      file,
      `size,kind\n${Array.from({ length: 50 }, (_, row) => `${row},${row < 25 ? 'small' : 'large'}`).join('\n')}\n`,
    )
    const choice = { kind: 'csv', file, label: 'kind', testFraction: 0.2, samples: undefined } as const
    const { train, test, classNames, preparation } = await loadData(choice)
    expect(classNames).toEqual(['large', 'small'])
    expect([train.inputs.shape, test.inputs.shape]).toEqual([
      [40, 1],
      [10, 1],
    ])
    expect(await train.inputs.mean().item()).toBeCloseTo(0, 6)
    expect(await train.inputs.std(undefined, { correction: 0 }).item()).toBeCloseTo(1, 6)
    expect(preparation?.mean[0]).toBeGreaterThan(15)
  })

  test('leaves out rows with a missing value where that is chosen', async () => {
    const file = join(folder, 'gaps.csv')
    const rows = Array.from({ length: 20 }, (_, row) => `${row % 5 === 0 ? '?' : row},${row % 2 ? 'odd' : 'even'}`)
    writeFileSync(file, `size,kind\n${rows.join('\n')}\n`)
    const choice = { kind: 'csv', file, label: 'kind', testFraction: 0.25, samples: undefined } as const
    await expect(loadData(choice)).rejects.toThrow('got the missing value "?" in column "size" on line 2')
    const { train, test } = await loadData({ ...choice, dropMissing: true })
    expect(train.labels.size + test.labels.size).toBe(16)
  })

  test('refuses a column with the same label everywhere', async () => {
    const file = join(folder, 'same.csv')
    writeFileSync(file, 'size,kind\n1,small\n2,small\n3,small\n')
    const choice = { kind: 'csv', file, label: 'kind', testFraction: 0.2, samples: undefined } as const
    await expect(loadData(choice)).rejects.toThrow('got the label "small" in all rows, expected at least two classes')
  })

  test('refuses labels that are no classes', async () => {
    const file = join(folder, 'prices.csv')
    writeFileSync(file, 'size,price\n1,1.5\n2,2.25\n3,2.75\n')
    const choice = { kind: 'csv', file, label: 'price', testFraction: 0.2, samples: undefined } as const
    await expect(loadData(choice)).rejects.toThrow('got 3 different labels in 3 rows, expected classes that repeat')
  })
})
