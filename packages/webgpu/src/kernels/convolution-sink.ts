import type { ConvolutionKernel, Expression } from '@chainrule/tensor'
import { expressionCode } from '../expression-code.js'
import { inputMemory, outputMemory } from '../launch.js'
import { functionsText, type WgslFunction } from '../math/wgsl-function.js'
import { type OperandCode, valueType } from '../operand-code.js'
import type { Sink } from './factor.js'
import { cellCode, expressionsKey } from './element-code.js'
import { leavesOf } from './row-structure.js'
import { namedCodes, readOperand, sizeFields, writtenOperand } from './thread-launch.js'

type Direction = ConvolutionKernel['structure']['direction']

/** The four coordinates of a result from the group, row and column of the product. */
const coordinates: Record<Direction, readonly string[]> = {
  forward: [
    'let plane = output_plane;',
    'let axis0 = column / plane;',
    'let axis1 = batch * args.group_outputs + row;',
    'let axis2 = (column % plane) / output_line;',
    'let axis3 = column % output_line;',
    'let at = (axis0 * args.output_channels + axis1) * plane + column % plane;',
  ],
  inputGradient: [
    'let plane = input_plane;',
    'let axis0 = column / plane;',
    'let axis1 = batch * args.group_inputs + row;',
    'let axis2 = (column % plane) / input_line;',
    'let axis3 = column % input_line;',
    'let at = (axis0 * args.input_channels + axis1) * plane + column % plane;',
  ],
  weightGradient: [
    'let plane = kernel_plane;',
    'let axis0 = batch * args.group_outputs + row;',
    'let axis1 = column / plane;',
    'let axis2 = (column % plane) / kernel_line;',
    'let axis3 = column % kernel_line;',
    'let at = axis0 * args.weight_step + column;',
  ],
}

/**
 * Stores results of a convolution through its epilogue.
 *
 * @param kernel - the convolution
 * @returns the sink
 */
export const convolutionSink = (kernel: ConvolutionKernel): Sink => {
  const { structure, epilogueInputs } = kernel
  const { dtype, epilogue, direction } = structure
  const type = valueType(dtype)
  const expression: Expression = epilogue?.expression ?? { kind: 'stage', dtype, stage: 0 }
  const names = epilogueInputs.map((_, position) => `in${String(position)}`)
  const code = (codes: readonly OperandCode[]): string => {
    const named = namedCodes(codes)
    const needed = new Set<WgslFunction>()
    const leaves = leavesOf([expression])
    const body = expressionCode(
      [expression],
      {
        input: (position) => `in${String(position)}_value`,
        cell: cellCode,
        index: (axis) => `i32(axis${String(axis)})`,
        count: () => '1',
        stage: () => 'sum',
      },
      (callee) => needed.add(callee),
    )
    const loads = leaves.inputs.map((position) => {
      const name = names[position] ?? ''
      const steps = [0, 1, 2, 3].map((axis) => ` + axis${String(axis)} * args.${name}_stride${String(axis)}`).join('')
      return `let ${name}_value = ${named(name).load(`args.${name}_offset${steps}`)};`
    })
    const lines = [
      ...coordinates[direction],
      ...loads,
      ...body.lines,
      named('result').store('args.result_offset + at', body.results[0] ?? ''),
    ]
    return [
      functionsText(needed),
      `fn finish_one(batch: u32, row: u32, column: u32, sum: ${type}) {`,
      '  if (column >= args.columns) { return; }',
      ...lines.map((line) => `  ${line}`),
      '}',
      '',
      `fn finish(split: u32, batch: u32, row: u32, column: u32, value: vec4<${type}>) {`,
      '  if (row >= args.rows) { return; }',
      '  for (var lane = 0u; lane < 4u; lane++) { finish_one(batch, row, column + lane, value[lane]); }',
      '}',
      '',
    ].join('\n')
  }
  return {
    operands: [
      writtenOperand('result', outputMemory(0), expression.dtype),
      ...names.map((name, position) =>
        readOperand(name, inputMemory(position + 2), epilogue?.inputs[position] ?? dtype),
      ),
    ],
    fields: epilogueInputs.flatMap(({ offset, strides }, position) =>
      sizeFields({
        [`in${String(position)}_offset`]: offset,
        ...Object.fromEntries(strides.map((stride, axis) => [`in${String(position)}_stride${String(axis)}`, stride])),
      }),
    ),
    isLong: true,
    key: `${direction} ${epilogue ? `${epilogue.inputs.join()} ${expressionsKey([expression])}` : 'plain'}`,
    code,
  }
}
