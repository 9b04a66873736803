import type { Parameter } from '@chainrule/autograd'
import {
  arange,
  ArgumentError,
  type CreationOptions,
  embedding,
  equal,
  type OptionNames,
  randn,
  requireOptions,
  reshape,
  type Tensor,
  where as choose,
} from '@chainrule/tensor'
import { makeParameter } from './make-parameter.js'
import { Module } from './module/module.js'
import { requireSizes } from './require-sizes.js'

/** Options of `Embedding`. */
export interface EmbeddingOptions extends CreationOptions {
  /** The row of padding: it begins as zeros and gets no gradient; negative counts from the end. Default none. */
  readonly paddingIdx?: number
}

const optionNames: OptionNames<EmbeddingOptions> = {
  paddingIdx: 'place',
  device: 'place',
  dtype: 'place',
}

/**
 * A row of a table for each number. The table begins with normal random numbers.
 *
 * State dict: `weight` [numEmbeddings, embeddingDim].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html
 *
 * @example
 * ```ts
 * import { Embedding } from '@chainrule/layers'
 * import { tensor } from '@chainrule/tensor'
 * const words = new Embedding(100, 8)
 * console.log(words.forward(tensor([[3, 1, 4]], { dtype: 'int32' })).shape) // [1, 3, 8]
 * ```
 */
export class Embedding extends Module {
  /** Rows of the table. */
  readonly numEmbeddings: number
  /** Size of a row. */
  readonly embeddingDim: number
  /** The row of padding, from the front. */
  readonly paddingIdx: number | undefined
  /** [numEmbeddings, embeddingDim]. */
  readonly weight: Parameter

  /**
   * @param numEmbeddings - rows of the table
   * @param embeddingDim - size of a row
   * @param options - `paddingIdx` (default none), `dtype`, `device`
   * @throws ArgumentError unless the sizes are whole and the padding is a row
   */
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions = {}, ...extra: never[]) {
    super()
    requireOptions('Embedding', [options, ...extra], 2, optionNames)
    const { paddingIdx, ...where } = options
    requireSizes('Embedding', { numEmbeddings, embeddingDim })
    if (
      paddingIdx !== undefined &&
      !(Number.isInteger(paddingIdx) && paddingIdx >= -numEmbeddings && paddingIdx < numEmbeddings)
    ) {
      throw new ArgumentError(
        `Embedding: got paddingIdx ${paddingIdx}, expected a row in ${-numEmbeddings} … ${numEmbeddings - 1}. Choose one, or leave it out.`,
      )
    }
    this.numEmbeddings = numEmbeddings
    this.embeddingDim = embeddingDim
    const padding = paddingIdx !== undefined && paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx
    this.paddingIdx = padding
    this.weight = makeParameter(() => {
      const rows = randn([numEmbeddings, embeddingDim], where)
      if (padding === undefined) return rows
      return choose(equal(reshape(arange(numEmbeddings, { device: rows.device }), [-1, 1]), padding), 0, rows)
    })
  }

  /**
   * Looks the rows up.
   *
   * @param ids - int32 numbers of rows, of any shape
   * @returns [...ids.shape, embeddingDim]
   * @throws DTypeError unless the ids are int32; IndexError on CPU devices when a number has no row
   */
  override forward(ids: Tensor): Tensor {
    return embedding(ids, this.weight, this.paddingIdx === undefined ? {} : { paddingIdx: this.paddingIdx })
  }
}
