import type { Parameter } from '@chainrule/autograd'
import {
  ArgumentError,
  type CreationOptions,
  linear,
  mean,
  type OptionNames,
  permute,
  requireOptions,
  reshape,
  ShapeError,
  showShape,
  split,
  squeeze,
  type Tensor,
  transpose,
  unsqueeze,
  zeros,
} from '@chainrule/tensor'
import { requireProbability } from '../dropout.js'
import { constant } from '../initializers/constant.js'
import { xavierUniform } from '../initializers/xavier.js'
import { Linear } from '../linear.js'
import { makeParameter } from '../make-parameter.js'
import { Module } from '../module/module.js'
import { requireSizes } from '../require-sizes.js'
import { combineMasks } from './attention-mask.js'
import { scaledDotProductAttention } from './scaled-dot-product-attention.js'

/** Options of `MultiheadAttention`. */
export interface MultiheadAttentionOptions extends CreationOptions {
  /** Probability with which weights are dropped in training. Default 0. */
  readonly dropout?: number
  /** Whether the projections have biases. Default true. */
  readonly bias?: boolean
  /** Size of a key. Default embedDim. */
  readonly kdim?: number
  /** Size of a value. Default embedDim. */
  readonly vdim?: number
  /** Whether the batch is the first axis, rather than the sequence. Default false. */
  readonly batchFirst?: boolean
}

/** Options of a call of `MultiheadAttention`. */
export interface MultiheadAttentionCallOptions {
  /** Which keys of a sample are forbidden, [N, S]: by true, or by −infinity. Default none. */
  readonly keyPaddingMask?: Tensor | undefined
  /** [L, S] or [N · heads, L, S]: bool, true forbids; floating, added to the scores. Default none. */
  readonly attnMask?: Tensor | undefined
  /** Whether to return the weights. Default true. */
  readonly needWeights?: boolean
  /** Whether the weights returned are averaged over the heads. Default true. */
  readonly averageAttnWeights?: boolean
}

/** What `MultiheadAttention` gives. */
export interface MultiheadAttentionResult {
  /** In the layout of the query, [N, L, embedDim] or [L, N, embedDim]. */
  readonly output: Tensor
  /** [N, L, S], or [N, heads, L, S] for each head; undefined where they were not asked for. */
  readonly weights: Tensor | undefined
}

const optionNames: OptionNames<MultiheadAttentionOptions> = {
  dropout: 'place',
  bias: 'place',
  kdim: 'name',
  vdim: 'name',
  batchFirst: 'name',
  device: 'name',
  dtype: 'name',
}

/**
 * Attention of several heads (Vaswani et al., 2017): queries, keys and values are projected, each head attends over its share
 * of them, and the results are projected back. The input projections begin by Xavier's uniform rule, biases as zeros.
 *
 * State dict: `in_proj_weight` [3 · embedDim, embedDim] (or, with `kdim` or `vdim`, `q_proj_weight`, `k_proj_weight`,
 * `v_proj_weight`), `in_proj_bias` [3 · embedDim], `out_proj.weight` [embedDim, embedDim], `out_proj.bias` [embedDim].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
 *
 * @example
 * ```ts
 * import { MultiheadAttention } from '@chainrule/layers'
 * import { ones, triu } from '@chainrule/tensor'
 * const attention = new MultiheadAttention(8, 2, { batchFirst: true })
 * const x = ones([1, 4, 8])
 * const causal = triu(ones([4, 4]), 1).to('bool')
 * const { output, weights } = attention.forward(x, x, x, { attnMask: causal })
 * console.log(output.shape, weights?.shape) // [1, 4, 8] [1, 4, 4]
 * ```
 */
export class MultiheadAttention extends Module {
  /** Size of a query and of the output. */
  readonly embedDim: number
  /** How many heads. */
  readonly numHeads: number
  /** Probability with which weights are dropped in training. */
  readonly dropout: number
  /** Whether the batch is the first axis. */
  readonly batchFirst: boolean
  /** Projections of queries, keys and values in one, [3 · embedDim, embedDim]; undefined where their sizes differ. */
  readonly inProjWeight: Parameter | undefined
  /** Projection of queries, where the sizes differ. */
  readonly qProjWeight: Parameter | undefined
  /** Projection of keys, where the sizes differ. */
  readonly kProjWeight: Parameter | undefined
  /** Projection of values, where the sizes differ. */
  readonly vProjWeight: Parameter | undefined
  /** [3 · embedDim]. */
  readonly inProjBias: Parameter | undefined
  /** The projection back. */
  readonly outProj: Linear

  /**
   * @param embedDim - size of a query and of the output
   * @param numHeads - how many heads; divides embedDim
   * @param options - `dropout` of weights (default 0), `bias` (true), `kdim`, `vdim` (embedDim), `batchFirst` (false), `dtype`, `device`
   * @throws ArgumentError unless the heads divide embedDim
   */
  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}, ...extra: never[]) {
    super()
    requireOptions('MultiheadAttention', [options, ...extra], 2, optionNames)
    const { dropout = 0, bias = true, kdim = embedDim, vdim = embedDim, batchFirst = false, ...where } = options
    requireSizes('MultiheadAttention', { embedDim, numHeads, kdim, vdim })
    requireProbability('MultiheadAttention', dropout)
    if (embedDim % numHeads !== 0) {
      throw new ArgumentError(
        `MultiheadAttention: got embedDim ${embedDim} and ${numHeads} heads, expected the heads to divide embedDim. Choose another number of heads.`,
      )
    }
    this.embedDim = embedDim
    this.numHeads = numHeads
    this.dropout = dropout
    this.batchFirst = batchFirst
    const project = (rows: number, columns: number): Parameter =>
      makeParameter(() => xavierUniform([rows, columns], where))
    const isPacked = kdim === embedDim && vdim === embedDim
    this.inProjWeight = isPacked ? project(3 * embedDim, embedDim) : undefined
    this.qProjWeight = isPacked ? undefined : project(embedDim, embedDim)
    this.kProjWeight = isPacked ? undefined : project(embedDim, kdim)
    this.vProjWeight = isPacked ? undefined : project(embedDim, vdim)
    this.inProjBias = bias ? makeParameter(() => zeros([3 * embedDim], where)) : undefined
    this.outProj = new Linear(embedDim, embedDim, { ...where, bias })
    if (this.outProj.bias !== undefined) constant(this.outProj.bias, 0)
  }

  /**
   * Attends from each query over all keys.
   *
   * @param query - [L, N, embedDim], [N, L, embedDim] with `batchFirst`, or [L, embedDim]
   * @param key - [S, N, kdim], … Default the query
   * @param value - [S, N, vdim], … Default the key
   * @param options - `keyPaddingMask`, `attnMask`, `needWeights` (default true), `averageAttnWeights` (true)
   * @returns `output` and `weights`
   * @throws ShapeError when the sizes do not fit
   */
  override forward(
    query: Tensor,
    key: Tensor = query,
    value: Tensor = key,
    options: MultiheadAttentionCallOptions = {},
  ): MultiheadAttentionResult {
    if (query.rank === 2) return this.#unbatched(query, key, value, options)
    const [q, k, v] = this.#project(query, key, value).map((x) => (this.batchFirst ? x : transpose(x, 0, 1)))
    if (q === undefined || k === undefined || v === undefined || query.rank !== 3) throw misfit(query, key, value)
    const [batch = 0, queries = 0] = q.shape
    const keys = k.shape[1] ?? 0
    if (k.shape[0] !== batch || v.shape[0] !== batch || v.shape[1] !== keys) throw misfit(query, key, value)
    const { keyPaddingMask, attnMask, needWeights = true, averageAttnWeights = true } = options
    const sizes = { batch, heads: this.numHeads, queries, keys }
    const attended = scaledDotProductAttention(this.#heads(q), this.#heads(k), this.#heads(v), {
      mask: combineMasks('MultiheadAttention', attnMask, keyPaddingMask, sizes),
      dropout: this.training ? this.dropout : 0,
    })
    const joined = reshape(permute(attended.output, [0, 2, 1, 3]), [batch, queries, this.embedDim])
    const output = this.outProj.forward(this.batchFirst ? joined : transpose(joined, 0, 1))
    if (!needWeights) return { output, weights: undefined }
    return { output, weights: averageAttnWeights ? mean(attended.weights, 1) : attended.weights }
  }

  #unbatched(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options: MultiheadAttentionCallOptions,
  ): MultiheadAttentionResult {
    const axis = this.batchFirst ? 0 : 1
    const { keyPaddingMask } = options
    // One tensor in several places stays one, so that its projections stay one product.
    const q = unsqueeze(query, axis)
    const k = key === query ? q : unsqueeze(key, axis)
    const v = value === key ? k : value === query ? q : unsqueeze(value, axis)
    const { output, weights } = this.forward(q, k, v, {
      ...options,
      keyPaddingMask: keyPaddingMask && unsqueeze(keyPaddingMask, 0),
    })
    return { output: squeeze(output, axis), weights: weights && squeeze(weights, 0) }
  }

  /** Queries, keys and values, embedDim wide; those of one tensor in one product. */
  #project(query: Tensor, key: Tensor, value: Tensor): readonly Tensor[] {
    const { inProjWeight, inProjBias, qProjWeight, kProjWeight, vProjWeight, embedDim } = this
    if (inProjWeight !== undefined && query === key && key === value) {
      return split(linear(query, inProjWeight, inProjBias), embedDim, -1)
    }
    const weights = inProjWeight === undefined ? [qProjWeight, kProjWeight, vProjWeight] : split(inProjWeight, embedDim)
    const biases = inProjBias === undefined ? [] : split(inProjBias, embedDim)
    return [query, key, value].flatMap((x, place) => {
      const weight = weights[place]
      return weight === undefined ? [] : [linear(x, weight, biases[place])]
    })
  }

  /** [N, L, embedDim] as [N, heads, L, embedDim / heads]. */
  #heads(x: Tensor): Tensor {
    const [batch = 0, length = 0] = x.shape
    return permute(reshape(x, [batch, length, this.numHeads, this.embedDim / this.numHeads]), [0, 2, 1, 3])
  }
}

const misfit = (query: Tensor, key: Tensor, value: Tensor): ShapeError =>
  new ShapeError(
    `MultiheadAttention: got a query of ${showShape(query.shape)}, a key of ${showShape(key.shape)} and a value of ` +
      `${showShape(value.shape)}, expected three axes each, the same batch, and as many keys as values. Check batchFirst.`,
  )
