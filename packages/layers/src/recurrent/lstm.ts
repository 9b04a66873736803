import { add, chunk, mul, requireOptions, sigmoid, tanh, type Tensor } from '@chainrule/tensor'
import { Recurrent, type RecurrentOptions, recurrentNames } from './recurrent.js'

/** The state of an LSTM. */
export interface LSTMState {
  /** What it gives out: [layers · directions, N, hiddenSize]. */
  readonly hidden: Tensor
  /** What it keeps: [layers · directions, N, hiddenSize]. */
  readonly cell: Tensor
}

/** What `LSTM` gives. */
export interface LSTMResult {
  /** The outputs of the last layer at every step, in the layout of the input: [T, N, directions · hiddenSize]. */
  readonly output: Tensor
  /** The state after the last step. */
  readonly state: LSTMState
}

/**
 * Long short-term memory (Hochreiter & Schmidhuber, 1997). With the gates [i; f; g; o] = W_ih x + b_ih + W_hh h + b_hh:
 *
 * c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c').
 *
 * All parameters begin uniform within ±1/√hiddenSize. State dict as `RNN`'s, with 4 · hiddenSize rows.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html
 *
 * @example
 * ```ts
 * import { LSTM } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * const layer = new LSTM(4, 8, { batchFirst: true })
 * const { output, state } = layer.forward(ones([2, 5, 4]))
 * console.log(output.shape, state.cell.shape) // [2, 5, 8] [1, 2, 8]
 * layer.forward(ones([2, 1, 4]), state) // one more step
 * ```
 */
export class LSTM extends Recurrent {
  /**
   * @param inputSize - size of a step of the input
   * @param hiddenSize - size of the state
   * @param options - `numLayers` (default 1), `bias` (true), `batchFirst` (false), `dropout` between layers (0), `bidirectional`
   *   (false), `dtype`, `device`
   * @throws ArgumentError unless the sizes are whole numbers of at least 1
   */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}, ...extra: never[]) {
    requireOptions('LSTM', [options, ...extra], 2, recurrentNames)
    super(4, inputSize, hiddenSize, options)
  }

  protected override get stateParts(): number {
    return 2
  }

  protected override step(
    projected: Tensor,
    recurrent: (hidden: Tensor) => Tensor,
    [hidden = projected, cell = projected]: readonly Tensor[],
  ): readonly Tensor[] {
    const gates = add(projected, recurrent(hidden))
    const [input = gates, forget = gates, candidate = gates, output = gates] = chunk(gates, 4, -1)
    const kept = add(mul(sigmoid(forget), cell), mul(sigmoid(input), tanh(candidate)))
    return [mul(sigmoid(output), tanh(kept)), kept]
  }

  /**
   * Runs the layer over all steps.
   *
   * @param x - [T, N, inputSize], [N, T, inputSize] with `batchFirst`, or [T, inputSize]
   * @param state - `hidden` and `cell` before the first step, [layers · directions, N, hiddenSize] each. Default zeros
   * @returns `output` of every step and `state` after the last
   * @throws ShapeError when the input or the state does not fit
   */
  override forward(x: Tensor, state?: LSTMState): LSTMResult {
    const { output, state: parts } = this.unroll(x, state && [state.hidden, state.cell])
    const [hidden = output, cell = output] = parts
    return { output, state: { hidden, cell } }
  }
}
