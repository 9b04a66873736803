import type { Dataset } from './dataset.js'
import { isDataset } from './is-dataset.js'
import { type SplitOptions, splitIndices } from './split-indices.js'
import { countRows, gatherRows } from './tensor-rows.js'

/** The two parts of a dataset. */
export interface Split<Source> {
  readonly train: Source
  readonly test: Source
}

const operation = 'trainTestSplit'

const subset = <Sample, Batch>(dataset: Dataset<Sample, Batch>, indices: Uint32Array): Dataset<Sample, Batch> => {
  const part: Dataset<Sample, Batch> = { length: indices.length, get: (index) => dataset.get(indices[index] ?? -1) }
  if (dataset.batch === undefined) return part
  return { ...part, batch: (chosen) => dataset.batch?.(chosen.map((index) => indices[index] ?? 0)) as Batch }
}

/** A `Dataset` becomes two views of it. */
export function trainTestSplit<Sample, Batch>(
  dataset: Dataset<Sample, Batch>,
  options: SplitOptions,
): Split<Dataset<Sample, Batch>>
/** An array of samples becomes two arrays; tensors in a structure become two structures of new tensors. */
export function trainTestSplit<Source extends object>(dataset: Source, options: SplitOptions): Split<Source>
/**
 * Divides a dataset at random into a training and a test part.
 *
 * @param dataset - anything that `DataLoader` takes
 * @param options - share of the test part (rounded to whole samples, at least one on either side), and seed
 * @returns the parts, of the same kind as the dataset
 * @throws ArgumentError when the fraction is not between 0 and 1, or there are fewer than two samples
 *
 * @example
 * ```ts
 * import { trainTestSplit, twoMoons } from '@chainrule/data'
 * const { train, test } = trainTestSplit(twoMoons({ samples: 100 }), { testFraction: 0.2, seed: 1 })
 * console.log(train.points.shape, test.labels.shape) // [80, 2] [20]
 * ```
 */
export function trainTestSplit(dataset: object, options: SplitOptions): Split<unknown> {
  if (Array.isArray(dataset)) {
    const samples: readonly unknown[] = dataset
    const { train, test } = splitIndices(samples.length, options, operation)
    return { train: Array.from(train, (index) => samples[index]), test: Array.from(test, (index) => samples[index]) }
  }
  if (isDataset(dataset)) {
    const { train, test } = splitIndices(dataset.length, options, operation)
    return { train: subset(dataset, train), test: subset(dataset, test) }
  }
  const { train, test } = splitIndices(countRows(dataset, operation), options, operation)
  return { train: gatherRows(dataset, train), test: gatherRows(dataset, test) }
}
