import { type Tensor, tensor } from '@chainrule/tensor'
import { type SplitOptions, splitIndices } from '../loading/split-indices.js'
import type { Features } from './encode-features.js'
import type { Labels } from './encode-labels.js'
import { fitStandardization, identityStandardization, type Standardization } from './standardization.js'

/** Rows of a table as tensors. */
export interface TablePart<L extends Tensor | undefined = Tensor | undefined> {
  /** Float32, shape [rows, features]. */
  readonly features: Tensor
  /** Shape [rows]: int32 class numbers, or float32 values; undefined when no label column was chosen. */
  readonly labels: L
}

/** Options of a table's `split`. */
export interface TableSplitOptions extends SplitOptions {
  /** Bring numeric features to mean 0 and standard deviation 1 over the training part; false by default. */
  readonly standardize?: boolean
}

/** The two parts of a table. */
export interface TableSplit<L extends Tensor | undefined = Tensor | undefined> {
  readonly train: TablePart<L>
  readonly test: TablePart<L>
  /** What was done to each feature: (x − mean) / deviation. */
  readonly standardization: Standardization
}

/** A CSV file as tensors. */
export interface CsvTable<L extends Tensor | undefined = Tensor | undefined> extends TablePart<L> {
  /** Name of each feature; `column=category` for indicators. */
  readonly featureNames: readonly string[]
  /** Name of each class, by its number; empty when the labels are no classes. */
  readonly classNames: readonly string[]
  /**
   * Divides the rows at random into a training and a test part. Standardisation is fitted on the training part alone.
   *
   * @param options - share of the test part, seed, standardisation
   * @returns the parts
   */
  readonly split: (options: TableSplitOptions) => TableSplit<L>
}

/**
 * The table of encoded columns.
 *
 * @param features - the feature columns
 * @param labels - the label column, if one was chosen
 * @param rows - how many rows there are
 * @returns the table
 */
export const csvTable = (features: Features, labels: Labels | undefined, rows: number): CsvTable => {
  const width = features.names.length
  const part = (indices: Uint32Array, { mean, deviation }: Standardization): TablePart => {
    const values = new Float32Array(indices.length * width)
    indices.forEach((row, place) => {
      for (let column = 0; column < width; column++) {
        const value = features.values[row * width + column] ?? 0
        values[place * width + column] = (value - (mean[column] ?? 0)) / (deviation[column] ?? 1)
      }
    })
    return {
      features: tensor(values, { shape: [indices.length, width] }),
      labels:
        labels &&
        tensor(
          labels.values instanceof Int32Array
            ? Int32Array.from(indices, (row) => labels.values[row] ?? 0)
            : Float32Array.from(indices, (row) => labels.values[row] ?? 0),
        ),
    }
  }
  return {
    ...part(
      Uint32Array.from({ length: rows }, (_, row) => row),
      identityStandardization(width),
    ),
    featureNames: features.names,
    classNames: labels?.classNames ?? [],
    split: ({ standardize = false, ...options }) => {
      const { train, test } = splitIndices(rows, options, 'split')
      const standardization = standardize ? fitStandardization(features, train) : identityStandardization(width)
      return { train: part(train, standardization), test: part(test, standardization), standardization }
    },
  }
}
