import { type Column, encodeCategories, encodeColumn } from './encode-column.js'

/** Feature columns as numbers. */
export interface Features {
  readonly names: readonly string[]
  /** Row by row. */
  readonly values: Float64Array
  /** Which features are measured numbers rather than indicators of a category. */
  readonly isMeasured: readonly boolean[]
}

/**
 * Turns columns into features: a numeric column is one feature, a categorical column one indicator (0 or 1) for each
 * category, named `column=category`.
 *
 * @param columns - the cells; none missing
 * @param isCategorical - says of a column that its numbers stand for names
 * @returns the features
 * @throws FormatError with the line number where numbers and words mix in a column
 */
export const encodeFeatures = (columns: readonly Column[], isCategorical: (column: Column) => boolean): Features => {
  const features = columns.flatMap((column) => {
    const encoded = isCategorical(column) ? encodeCategories(column) : encodeColumn(column)
    if (encoded.kind === 'number') return [{ name: column.name, isMeasured: true, values: encoded.values }]
    return encoded.categories.map((category, code) => ({
      name: `${column.name}=${category}`,
      isMeasured: false,
      values: Float64Array.from(encoded.codes, (other) => (other === code ? 1 : 0)),
    }))
  })
  const rows = columns[0]?.cells.length ?? 0
  const values = new Float64Array(rows * features.length)
  features.forEach((feature, place) => {
    for (let row = 0; row < rows; row++) values[row * features.length + place] = feature.values[row] ?? 0
  })
  return { names: features.map(({ name }) => name), values, isMeasured: features.map(({ isMeasured }) => isMeasured) }
}
