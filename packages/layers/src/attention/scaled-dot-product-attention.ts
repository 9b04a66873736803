import { add, matmul, maskedFill, mul, softmax, type Tensor, transpose } from '@chainrule/tensor'
import { dropout } from '../dropout.js'

/** Options of `scaledDotProductAttention`. */
export interface AttentionOptions {
  /** bool: true forbids a key to a query; floating: added to the scores. Broadcasts to [..., L, S]. Default none. */
  readonly mask?: Tensor | undefined
  /** Probability with which a weight is dropped. Default 0. */
  readonly dropout?: number
  /** Factor of the scores. Default 1/√E. */
  readonly scale?: number
}

/** What `scaledDotProductAttention` gives. */
export interface AttentionResult {
  /** Σ weights · values, [..., L, V]. */
  readonly output: Tensor
  /** softmax(scale · Q Kᵀ + mask), [..., L, S]. */
  readonly weights: Tensor
}

/**
 * softmax(Q Kᵀ / √E + mask) V (Vaswani et al., 2017). A query that may see no key gives NaN, as in PyTorch.
 *
 * @param query - [..., L, E]
 * @param key - [..., S, E]
 * @param value - [..., S, V]
 * @param options - `mask` (true forbids, as in `MultiheadAttention`), `dropout` (default 0), `scale` (default 1/√E)
 * @returns `output` [..., L, V] and `weights` [..., L, S]
 * @throws ShapeError when the sizes do not fit
 *
 * @example
 * ```ts
 * import { scaledDotProductAttention } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * const values = tensor([[1], [3]])
 * const same = tensor([[0], [0]])
 * console.log(String(scaledDotProductAttention(tensor([[1]]), same, values).output)) // tensor([[2]], float32)
 * ```
 */
export const scaledDotProductAttention = (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { mask, dropout: p = 0, scale = 1 / Math.sqrt(query.shape[query.rank - 1] ?? 1) }: AttentionOptions = {},
): AttentionResult => {
  const scores = matmul(mul(query, scale), transpose(key, -2, -1))
  const masked =
    mask === undefined
      ? scores
      : mask.dtype === 'bool'
        ? maskedFill(scores, mask, Number.NEGATIVE_INFINITY)
        : add(scores, mask)
  const weights = dropout(softmax(masked, -1), p)
  return { output: matmul(weights, value), weights }
}
