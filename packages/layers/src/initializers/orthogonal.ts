import { randn, ShapeError, showShape, sizeOf, tensor, withoutCapture } from '@chainrule/tensor'
import { fill, type Initialized, type InitializerTarget, type RandomInitializerOptions, shapeOf } from './fill.js'

/** Options of `orthogonal`. */
export interface OrthogonalOptions extends RandomInitializerOptions {
  /** Length of each row or column. Default 1. */
  readonly gain?: number
}

/** Takes from a row its parts along the rows before it; twice, since once leaves what rounding put there. */
const makeOrthogonal = (rows: readonly Float64Array[], place: number): void => {
  const row = rows[place] ?? new Float64Array()
  for (let pass = 0; pass < 2; pass++) {
    for (const before of rows.slice(0, place)) {
      const along = before.reduce((sum, value, at) => sum + value * (row[at] ?? 0), 0)
      before.forEach((value, at) => {
        row[at] = (row[at] ?? 0) - along * value
      })
    }
  }
  const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))
  row.forEach((value, at) => {
    row[at] = value / length
  })
}

/**
 * A random matrix with orthogonal rows, or columns where it has more rows than columns, by Gram and Schmidt's method on normal
 * random numbers (Saxe et al., 2013). Axes after the first count as columns.
 *
 * @param target - a parameter or variable, which is assigned and returned; or a shape, of which a tensor is made
 * @param options - `gain` (default 1): length of the rows or columns; `generator`; for a shape `dtype` and `device`
 * @returns the parameter, or the new tensor
 * @throws ShapeError for fewer than two axes
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.orthogonal_
 *
 * @example
 * ```ts
 * import { initializers } from '@chainrule/layers'
 * const q = initializers.orthogonal([3, 3])
 * console.log(String(q.matmul(q.transpose(0, 1)).round().abs()))
 * // tensor([[1, 0, 0],
 * //         [0, 1, 0],
 * //         [0, 0, 1]], float32)
 * ```
 */
export const orthogonal = <Target extends InitializerTarget>(
  target: Target,
  { gain = 1, generator, ...options }: OrthogonalOptions = {},
): Initialized<Target> => {
  const [count = 0, ...rest] = shapeOf('orthogonal', target)
  if (rest.length === 0) {
    throw new ShapeError(
      `orthogonal: got shape ${showShape(shapeOf('orthogonal', target))}, expected at least two axes, [out, in, ...].`,
    )
  }
  const width = sizeOf(rest)
  const [short, long] = [Math.min(count, width), Math.max(count, width)]
  return fill('orthogonal', target, options, ({ shape, dtype, device }) => {
    // On the host in float64, so that every device gets the same numbers.
    const normal = withoutCapture(() =>
      randn([short, long], { dtype: 'float64', device: 'reference', ...(generator && { generator }) }).dataSync(),
    )
    const rows = Array.from({ length: short }, (_, place) =>
      Float64Array.from(normal.subarray(place * long, (place + 1) * long)),
    )
    rows.forEach((_, place) => {
      makeOrthogonal(rows, place)
    })
    const values = Float64Array.from({ length: count * width }, (_, at) => {
      const [row, column] = [Math.floor(at / width), at % width]
      return gain * (count <= width ? (rows[row]?.[column] ?? 0) : (rows[column]?.[row] ?? 0))
    })
    return tensor(values, { shape, dtype, ...(device !== undefined && { device }) })
  })
}
