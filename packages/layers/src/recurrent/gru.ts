import { add, chunk, mul, requireOptions, sigmoid, sub, tanh, type Tensor } from '@chainrule/tensor'
import { Recurrent, type RecurrentOptions, recurrentNames } from './recurrent.js'
import type { RecurrentResult } from './rnn.js'

/**
 * Gated recurrent unit (Cho et al., 2014). With W_i = [W_ir; W_iz; W_in] and W_h likewise:
 *
 * r = σ(W_ir x + b_ir + W_hr h + b_hr), z = σ(W_iz x + b_iz + W_hz h + b_hz),
 * n = tanh(W_in x + b_in + r (W_hn h + b_hn)), h' = (1 − z) n + z h.
 *
 * All parameters begin uniform within ±1/√hiddenSize. State dict as `RNN`'s, with 3 · hiddenSize rows.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GRU.html
 *
 * @example
 * ```ts
 * import { GRU } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * const { output, state } = new GRU(4, 8).forward(ones([5, 2, 4]))
 * console.log(output.shape, state.shape) // [5, 2, 8] [1, 2, 8]
 * ```
 */
export class GRU extends Recurrent {
  /**
   * @param inputSize - size of a step of the input
   * @param hiddenSize - size of the state
   * @param options - `numLayers` (default 1), `bias` (true), `batchFirst` (false), `dropout` between layers (0), `bidirectional`
   *   (false), `dtype`, `device`
   * @throws ArgumentError unless the sizes are whole numbers of at least 1
   */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}, ...extra: never[]) {
    requireOptions('GRU', [options, ...extra], 2, recurrentNames)
    super(3, inputSize, hiddenSize, options)
  }

  protected override get stateParts(): number {
    return 1
  }

  protected override step(
    projected: Tensor,
    recurrent: (hidden: Tensor) => Tensor,
    [hidden = projected]: readonly Tensor[],
  ): readonly Tensor[] {
    const [inputReset, inputUpdate, inputNew] = threeOf(projected)
    const [hiddenReset, hiddenUpdate, hiddenNew] = threeOf(recurrent(hidden))
    const reset = sigmoid(add(inputReset, hiddenReset))
    const update = sigmoid(add(inputUpdate, hiddenUpdate))
    const candidate = tanh(add(inputNew, mul(reset, hiddenNew)))
    // (1 − z) n + z h
    return [add(candidate, mul(update, sub(hidden, candidate)))]
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

/** The blocks of the three gates. */
const threeOf = (gates: Tensor): readonly [Tensor, Tensor, Tensor] => {
  const [first = gates, second = gates, third = gates] = chunk(gates, 3, -1)
  return [first, second, third]
}
