import { FormatError, type Tensor, tensor } from '@chainrule/tensor'
import type { DataSource } from '../sources/data-source.js'
import { SourceError } from '../sources/source-error.js'
import { idxValues } from './idx-values.js'
import { type IdxFile, readIdx } from './read-idx.js'

/** Images and their labels. */
export interface LabelledImages {
  /** Float32 in 0…1, shape [count, 1, height, width]. */
  readonly images: Tensor
  /** Int32 class numbers, shape [count]. */
  readonly labels: Tensor
}

/** The two parts of MNIST. */
export interface Mnist {
  readonly train: LabelledImages
  readonly test: LabelledImages
}

/** The four files of MNIST, where they do not lie in one folder under their usual names. */
export interface MnistSources {
  readonly trainImages: DataSource
  readonly trainLabels: DataSource
  readonly testImages: DataSource
  readonly testLabels: DataSource
}

/** Endings of the files' names where people keep them. */
const endings = ['idx@-ubyte.gz', 'idx@-ubyte'] as const
const joints = ['-', '.'] as const

const join = (folder: string | URL, name: string): string => {
  const base = typeof folder === 'string' ? folder : folder.href
  return /[/\\]$/.test(base) ? base + name : `${base}/${name}`
}

const findFile = async (folder: string | URL, name: string, rank: number): Promise<IdxFile> => {
  const candidates = joints.flatMap((joint) =>
    endings.map((ending) => join(folder, name + joint + ending.replace('@', String(rank)))),
  )
  const failures: SourceError[] = []
  for (const candidate of candidates) {
    try {
      return await readIdx(candidate, 'loadMnist')
    } catch (error) {
      if (!(error instanceof SourceError)) throw error
      failures.push(error)
    }
  }
  throw new SourceError(
    `loadMnist: got none of ${candidates.map((candidate) => `"${candidate}"`).join(', ')}, expected one of them. Check the folder.`,
    { cause: failures[0] },
  )
}

const readFiles = async (source: string | URL | MnistSources): Promise<Record<keyof MnistSources, IdxFile>> => {
  const isFolder = typeof source === 'string' || source instanceof URL
  const read = (name: keyof MnistSources, file: string, rank: number): Promise<IdxFile> =>
    isFolder ? findFile(source, file, rank) : readIdx(source[name], 'loadMnist')
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all([
    read('trainImages', 'train-images', 3),
    read('trainLabels', 'train-labels', 1),
    read('testImages', 't10k-images', 3),
    read('testLabels', 't10k-labels', 1),
  ])
  return { trainImages, trainLabels, testImages, testLabels }
}

const describe = ({ header }: IdxFile): string => `${header.type} of shape [${header.shape.join(', ')}]`

const checkPart = (part: string, images: IdxFile, labels: IdxFile): void => {
  const shapesFit =
    images.header.shape.length === 3 &&
    labels.header.shape.length === 1 &&
    images.header.shape[0] === labels.header.shape[0]
  if (shapesFit && images.header.type === 'uint8' && labels.header.type === 'uint8') return
  throw new FormatError(
    `loadMnist: got ${part} images in ${describe(images)} and labels in ${describe(labels)}, expected uint8 of shape ` +
      '[count, height, width] and uint8 of shape [count]. Check that the files belong together.',
  )
}

const toTensors = (images: IdxFile, labels: IdxFile): LabelledImages => {
  const [count = 0, height = 0, width = 0] = images.header.shape
  return {
    images: tensor(idxValues(images, new Float32Array(count * height * width), 255), {
      shape: [count, 1, height, width],
    }),
    labels: tensor(idxValues(labels, new Int32Array(count))),
  }
}

/**
 * Loads MNIST, or a set of the same form (Fashion-MNIST, KMNIST), from a folder with `train-images-idx3-ubyte`,
 * `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, each with or without `.gz`; or from
 * four sources.
 *
 * @param source - path (Node) or address of the folder, or the four files
 * @returns training and test images, float32 in 0…1 of shape [count, 1, 28, 28], and int32 labels of shape [count]
 * @throws SourceError when a file is missing
 * @throws FormatError when a file is damaged, or images and labels differ in number
 *
 * @example
 * ```ts
 * import { loadMnist } from '@chainrule/data'
 * // `await loadMnist('./mnist')` reads a folder; here is a set of one image of 1 × 2 pixels.
 * const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255)
 * const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7)
 * const files = { trainImages: images, trainLabels: labels, testImages: images, testLabels: labels }
 * const { train } = await loadMnist(files)
 * console.log(train.images.shape, train.labels.shape) // [1, 1, 1, 2] [1]
 * ```
 * @see http://yann.lecun.com/exdb/mnist/
 */
export const loadMnist = async (source: string | URL | MnistSources): Promise<Mnist> => {
  const { trainImages, trainLabels, testImages, testLabels } = await readFiles(source)
  checkPart('training', trainImages, trainLabels)
  checkPart('test', testImages, testLabels)
  return { train: toTensors(trainImages, trainLabels), test: toTensors(testImages, testLabels) }
}
