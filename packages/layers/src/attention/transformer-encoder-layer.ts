import {
  add,
  ArgumentError,
  type CreationOptions,
  gelu,
  type OptionNames,
  relu,
  requireOptions,
  type Tensor,
} from '@chainrule/tensor'
import { Dropout } from '../dropout.js'
import { Linear } from '../linear.js'
import { Module } from '../module/module.js'
import { LayerNorm } from '../normalization/layer-norm.js'
import { MultiheadAttention } from './multihead-attention.js'

/** Options of `TransformerEncoderLayer`. */
export interface TransformerEncoderLayerOptions extends CreationOptions {
  /** Size of the hidden layer. Default 2048. */
  readonly dimFeedforward?: number
  /** Probability of dropping in training. Default 0.1. */
  readonly dropout?: number
  /** After the first linear map: `'relu'`, `'gelu'` or a function. Default `'relu'`. */
  readonly activation?: 'relu' | 'gelu' | ((x: Tensor) => Tensor)
  /** Added to the variances of the norms. Default 1e-5. */
  readonly layerNormEps?: number
  /** Whether the batch is the first axis, rather than the sequence. Default false. */
  readonly batchFirst?: boolean
  /** Whether the norms come before attention and feed-forward, rather than after. Default false. */
  readonly normFirst?: boolean
  /** Whether linear maps and norms have biases. Default true. */
  readonly bias?: boolean
}

/** Options of a call of `TransformerEncoderLayer`. */
export interface TransformerEncoderLayerCallOptions {
  /** [L, L] or [N · heads, L, L]: bool, true forbids; floating, added to the scores. Default none. */
  readonly srcMask?: Tensor | undefined
  /** Which places of a sample are forbidden, [N, L]: by true. Default none. */
  readonly srcKeyPaddingMask?: Tensor | undefined
}

const activations = { relu, gelu: (x: Tensor) => gelu(x) }

const optionNames: OptionNames<TransformerEncoderLayerOptions> = {
  dimFeedforward: 'place',
  dropout: 'place',
  activation: 'place',
  layerNormEps: 'place',
  batchFirst: 'place',
  normFirst: 'place',
  bias: 'place',
  device: 'place',
  dtype: 'place',
}

/**
 * A block of a transformer's encoder (Vaswani et al., 2017): x + attention(x), then x + feed-forward(x), each normalized after
 * (or, with `normFirst`, before).
 *
 * State dict: `self_attn.…`, `linear1.…`, `linear2.…`, `norm1.…`, `norm2.…`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html
 *
 * @example
 * ```ts
 * import { TransformerEncoderLayer } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * const block = new TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true, normFirst: true })
 * console.log(block.forward(ones([2, 5, 8])).shape) // [2, 5, 8]
 * ```
 */
export class TransformerEncoderLayer extends Module {
  /** The attention. */
  readonly selfAttn: MultiheadAttention
  /** The first map of the feed-forward part. */
  readonly linear1: Linear
  /** Between the two maps. */
  readonly dropout: Dropout
  /** The second map of the feed-forward part. */
  readonly linear2: Linear
  /** The norm of the attention. */
  readonly norm1: LayerNorm
  /** The norm of the feed-forward part. */
  readonly norm2: LayerNorm
  /** After the attention. */
  readonly dropout1: Dropout
  /** After the feed-forward part. */
  readonly dropout2: Dropout
  /** Whether the norms come first. */
  readonly normFirst: boolean
  readonly #activation: (x: Tensor) => Tensor

  /**
   * @param dModel - size of a place of the sequence
   * @param nhead - how many heads; divides dModel
   * @param options - `dimFeedforward` (default 2048), `dropout` (0.1), `activation` (`'relu'`), `layerNormEps` (1e-5), `batchFirst`
   *   (false), `normFirst` (false), `bias` (true), `dtype`, `device`
   * @throws ArgumentError unless the heads divide dModel
   */
  constructor(dModel: number, nhead: number, options: TransformerEncoderLayerOptions = {}, ...extra: never[]) {
    super()
    requireOptions('TransformerEncoderLayer', [options, ...extra], 2, optionNames)
    const {
      dimFeedforward = 2048,
      dropout = 0.1,
      activation = 'relu',
      layerNormEps = 1e-5,
      batchFirst = false,
      normFirst = false,
      ...rest
    } = options
    if (typeof activation !== 'function' && !Object.hasOwn(activations, activation)) {
      throw new ArgumentError(
        `TransformerEncoderLayer: got activation '${String(activation)}', expected 'relu', 'gelu' or a function of a tensor.`,
      )
    }
    this.selfAttn = new MultiheadAttention(dModel, nhead, { ...rest, dropout, batchFirst })
    this.linear1 = new Linear(dModel, dimFeedforward, rest)
    this.dropout = new Dropout(dropout)
    this.linear2 = new Linear(dimFeedforward, dModel, rest)
    this.norm1 = new LayerNorm(dModel, { ...rest, eps: layerNormEps })
    this.norm2 = new LayerNorm(dModel, { ...rest, eps: layerNormEps })
    this.dropout1 = new Dropout(dropout)
    this.dropout2 = new Dropout(dropout)
    this.normFirst = normFirst
    this.#activation = typeof activation === 'function' ? activation : activations[activation]
  }

  /**
   * Runs the block.
   *
   * @param src - [L, N, dModel], [N, L, dModel] with `batchFirst`, or [L, dModel]
   * @param options - `srcMask`, `srcKeyPaddingMask`
   * @returns a tensor of the same shape
   * @throws ShapeError when the sizes do not fit
   */
  override forward(src: Tensor, options: TransformerEncoderLayerCallOptions = {}): Tensor {
    if (this.normFirst) {
      const attended = add(src, this.#attend(this.norm1.forward(src), options))
      return add(attended, this.#feedForward(this.norm2.forward(attended)))
    }
    const attended = this.norm1.forward(add(src, this.#attend(src, options)))
    return this.norm2.forward(add(attended, this.#feedForward(attended)))
  }

  #attend(x: Tensor, { srcMask, srcKeyPaddingMask }: TransformerEncoderLayerCallOptions): Tensor {
    const { output } = this.selfAttn.forward(x, x, x, {
      attnMask: srcMask,
      keyPaddingMask: srcKeyPaddingMask,
      needWeights: false,
    })
    return this.dropout1.forward(output)
  }

  #feedForward(x: Tensor): Tensor {
    const hidden = this.dropout.forward(this.#activation(this.linear1.forward(x)))
    return this.dropout2.forward(this.linear2.forward(hidden))
  }
}
