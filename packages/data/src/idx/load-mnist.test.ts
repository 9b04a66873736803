import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { gzip } from '../testing/gzip.js'
import { sharedData } from '../../../../scripts/shared-data.js'
import { loadMnist } from './load-mnist.js'

const images = (count: number): Uint8Array =>
  Uint8Array.from([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 1, 0, 0, 0, 2, ...Array.from({ length: 2 * count }, () => 51)])
const labels = (...values: number[]): Uint8Array => Uint8Array.of(0, 0, 8, 1, 0, 0, 0, values.length, ...values)

describe('loadMnist', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chainrule-'))
    await writeFile(join(folder, 'train-images-idx3-ubyte'), images(3))
    await writeFile(join(folder, 'train-labels.idx1-ubyte'), labels(5, 0, 4))
    await writeFile(join(folder, 't10k-images.idx3-ubyte.gz'), gzip(images(1)))
    await writeFile(join(folder, 't10k-labels-idx1-ubyte.gz'), gzip(labels(7)))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  test('finds plain and packed files under both spellings, in a path or an address', async () => {
    for (const place of [folder, `${folder}/`, pathToFileURL(folder)]) {
      const { train, test: held } = await loadMnist(place)
      expect([train.images.shape, train.labels.shape]).toEqual([[3, 1, 1, 2], [3]])
      expect([held.images.shape, held.labels.shape]).toEqual([[1, 1, 1, 2], [1]])
      expect([...train.labels.dataSync()]).toEqual([5, 0, 4])
      expect([train.images.dtype, train.labels.dtype]).toEqual(['float32', 'int32'])
      expect([...held.images.dataSync()]).toEqual([Math.fround(51 / 255), Math.fround(51 / 255)])
    }
  })

  test('lists the names that it looked for when a file is missing', async () => {
    await rm(join(folder, 'train-labels.idx1-ubyte'))
    await expect(loadMnist(folder)).rejects.toMatchObject({ code: 'SOURCE' })
    await expect(loadMnist(folder)).rejects.toThrow(
      /^loadMnist: got none of .*train-labels-idx1-ubyte\.gz", .*expected one of them/,
    )
  })

  test('refuses images and labels that do not belong together', async () => {
    await writeFile(join(folder, 'train-labels.idx1-ubyte'), labels(5, 0))
    await expect(loadMnist(folder)).rejects.toThrow(
      /training images in uint8 of shape \[3, 1, 2\] and labels in uint8 of shape \[2\]/,
    )
    await expect(loadMnist(folder)).rejects.toMatchObject({ code: 'FORMAT' })
  })

  test('refuses images that are not bytes', async () => {
    const floats = Uint8Array.of(0, 0, 13, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2)
    const files = { trainImages: images(1), trainLabels: labels(3), testImages: floats, testLabels: labels() }
    await expect(loadMnist(files)).rejects.toThrow(/test images in float32 of shape \[0, 1, 2\]/)
  })

  test('reads four sources of any kind', async () => {
    const files = {
      trainImages: new Blob([Uint8Array.from(images(2))]),
      trainLabels: labels(3, 4),
      testImages: join(folder, 't10k-images.idx3-ubyte.gz'),
      testLabels: gzip(labels(9)),
    }
    const { train, test: held } = await loadMnist(files)
    expect([...train.labels.dataSync()]).toEqual([3, 4])
    expect([held.images.shape, ...held.labels.dataSync()]).toEqual([[1, 1, 1, 2], 9])
  })

  test('loads MNIST', async (context) => {
    const { train, test: held } = await loadMnist(sharedData(context, 'mnist'))
    expect(train.images.shape).toEqual([60_000, 1, 28, 28])
    expect(held.images.shape).toEqual([10_000, 1, 28, 28])
    expect(held.labels.shape).toEqual([10_000])
    const counts = Array.from({ length: 10 }, () => 0)
    for (const label of train.labels.dataSync()) counts[label] = (counts[label] ?? 0) + 1
    expect(counts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    const pixels = train.images.dataSync()
    let sum = 0
    for (const pixel of pixels) sum += pixel
    // MNIST's mean is known to four digits.
    expect(sum / pixels.length).toBeCloseTo(0.1307, 4)
  })
})
