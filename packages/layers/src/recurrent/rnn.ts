import { add, ArgumentError, type OptionNames, relu, requireOptions, tanh, type Tensor } from '@chainrule/tensor'
import { Recurrent, type RecurrentOptions } from './recurrent.js'

/** Options of `RNN`. */
export interface RNNOptions extends RecurrentOptions {
  /** What each step ends with. Default `'tanh'`. */
  readonly nonlinearity?: 'tanh' | 'relu'
}

/** What `RNN` and `GRU` give. */
export interface RecurrentResult {
  /** The outputs of the last layer at every step, in the layout of the input: [T, N, directions · hiddenSize]. */
  readonly output: Tensor
  /** The state after the last step: [layers · directions, N, hiddenSize]. */
  readonly state: Tensor
}

const optionNames: OptionNames<RNNOptions> = {
  numLayers: 'place',
  nonlinearity: 'place',
  bias: 'place',
  batchFirst: 'place',
  dropout: 'place',
  bidirectional: 'place',
  device: 'place',
  dtype: 'place',
}

/**
 * Recurrent layer (Elman, 1990): h_t = tanh(W_ih x_t + b_ih + W_hh h_(t−1) + b_hh). All parameters begin uniform within
 * ±1/√hiddenSize.
 *
 * State dict, for each layer k (and with the ending `_reverse` for the other direction): `weight_ih_lk` [hiddenSize, inputSize or
 * directions · hiddenSize], `weight_hh_lk` [hiddenSize, hiddenSize], `bias_ih_lk`, `bias_hh_lk` [hiddenSize].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.RNN.html
 *
 * @example
 * ```ts
 * import { RNN } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * const { output, state } = new RNN(4, 8, { batchFirst: true }).forward(ones([2, 5, 4]))
 * console.log(output.shape, state.shape) // [2, 5, 8] [1, 2, 8]
 * ```
 */
export class RNN extends Recurrent {
  /** What each step ends with. */
  readonly nonlinearity: 'tanh' | 'relu'

  /**
   * @param inputSize - size of a step of the input
   * @param hiddenSize - size of the state
   * @param options - `numLayers` (default 1), `nonlinearity` (`'tanh'`), `bias` (true), `batchFirst` (false), `dropout` between
   *   layers (0), `bidirectional` (false), `dtype`, `device`
   * @throws ArgumentError unless the sizes are whole numbers of at least 1
   */
  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}, ...extra: never[]) {
    requireOptions('RNN', [options, ...extra], 2, optionNames)
    const { nonlinearity = 'tanh', ...settings } = options
    super(1, inputSize, hiddenSize, settings)
    if (!['tanh', 'relu'].includes(nonlinearity)) {
      throw new ArgumentError(`RNN: got nonlinearity '${String(nonlinearity)}', expected 'tanh' or 'relu'.`)
    }
    this.nonlinearity = nonlinearity
  }

  protected override get stateParts(): number {
    return 1
  }

  protected override step(
    projected: Tensor,
    recurrent: (hidden: Tensor) => Tensor,
    [hidden = projected]: readonly Tensor[],
  ): readonly Tensor[] {
    const sum = add(projected, recurrent(hidden))
    return [this.nonlinearity === 'tanh' ? tanh(sum) : relu(sum)]
  }

  /**
   * Runs the layer over all steps.
   *
   * @param x - [T, N, inputSize], [N, T, inputSize] with `batchFirst`, or [T, inputSize]
   * @param state - before the first step, [layers · directions, N, hiddenSize]. Default zeros
   * @returns `output` of every step and `state` after the last
   * @throws ShapeError when the input or the state does not fit
   */
  override forward(x: Tensor, state?: Tensor): RecurrentResult {
    const { output, state: parts } = this.unroll(x, state && [state])
    const [last = output] = parts
    return { output, state: last }
  }
}
