import { DTypeError } from '../../errors.js'
import type { OpDefinition } from '../../op-table.js'

/** 2-D convolution and its gradients: one convolution kernel. */
export const convolutionDefinition: OpDefinition<'convolution'> = {
  infer: ([left, right], { direction, inputShape, weightShape, window }) => {
    if (left === undefined || right === undefined) throw new RangeError('convolution: takes two operands')
    if (left.dtype !== right.dtype) {
      throw new DTypeError(`convolution: got ${left.dtype} and ${right.dtype}, expected one dtype. Convert with .to().`)
    }
    const outputShape = [inputShape[0] ?? 0, weightShape[0] ?? 0, ...window.output]
    const shapes = { forward: outputShape, inputGradient: inputShape, weightGradient: weightShape }
    return [{ shape: shapes[direction], dtype: left.dtype }]
  },
  lower: (build, { direction, inputShape, weightShape, groups, window }) => {
    const left = build.dense(0)
    const right = build.dense(1)
    build.launch(
      {
        kind: 'convolution',
        structure: { direction, dtype: build.layout(0).dtype },
        batch: inputShape[0] ?? 0,
        inputChannels: inputShape[1] ?? 0,
        outputChannels: weightShape[0] ?? 0,
        groups,
        window,
        offsets: { inputs: [left.offset, right.offset], output: 0 },
        epilogueInputs: [],
      },
      [left.operand, right.operand],
      [build.output(0)],
    )
  },
}
