import type { PoolKernel, WindowSizes } from '@chainrule/tensor'
import { type ArgumentField, inputMemory, type LaunchOperand, outputMemory } from '../launch.js'
import { fromBits, isNan } from '../math/bits.js'
import { functionsText } from '../math/wgsl-function.js'
import { valueType } from '../operand-code.js'
import type { Planner } from '../plan-context.js'
import { type NamedCodes, readOperand, sizeFields, threadLaunch, writtenOperand } from './thread-launch.js'

type Operation = PoolKernel['structure']['operation']

/** Arguments of a window: sizes of input, kernel and output, stride, padding and dilation along height and width. */
export const windowFields = (window: WindowSizes): ArgumentField[] =>
  sizeFields(
    Object.fromEntries(
      (['input', 'kernel', 'output', 'stride', 'padding', 'dilation'] as const).flatMap((name) => [
        [`${name}_height`, window[name][0]],
        [`${name}_width`, window[name][1]],
      ]),
    ),
  )

const operands = ({ structure: { operation, dtype } }: PoolKernel): LaunchOperand[] => {
  const read = (name: string, position: number, of = dtype): LaunchOperand =>
    readOperand(name, inputMemory(position), of)
  const written = (name: string, position: number, of = dtype): LaunchOperand =>
    writtenOperand(name, outputMemory(position), of)
  switch (operation) {
    case 'max':
      return [read('source', 0), written('result', 0), written('choice', 1, 'int32')]
    case 'maxGradient':
      return [read('gradient', 0), read('choice', 1, 'int32'), written('result', 0)]
    case 'maxTake':
      return [read('source', 0), read('choice', 1, 'int32'), written('result', 0)]
    case 'average':
      return [read('source', 0), written('result', 0)]
    case 'averageGradient':
      return [read('gradient', 0), written('result', 0)]
  }
}

/** Loops over the input places that an output place sees; `body` has `place`, their number in the plane. */
const seenPlaces = (body: readonly string[]): string[] => [
  'let row = args.first_row + (thread / args.output_width) % args.rows;',
  'let column = thread % args.output_width;',
  'let plane = thread / (args.output_width * args.rows);',
  'let plane_start = args.source_offset + plane * args.input_height * args.input_width;',
  'for (var kernel_row = 0u; kernel_row < args.kernel_height; kernel_row++) {',
  '  let y = row * args.stride_height + kernel_row * args.dilation_height - args.padding_height;',
  '  if (y >= args.input_height) { continue; }',
  '  for (var kernel_column = 0u; kernel_column < args.kernel_width; kernel_column++) {',
  '    let x = column * args.stride_width + kernel_column * args.dilation_width - args.padding_width;',
  '    if (x >= args.input_width) { continue; }',
  '    let place = y * args.input_width + x;',
  ...body.map((line) => `    ${line}`),
  '  }',
  '}',
]

/** Loops over the output places that see an input place; `body` has `seer`, their number in all planes. */
const seeingPlaces = (body: readonly string[]): string[] => [
  'let y = args.first_row + (thread / args.input_width) % args.rows;',
  'let x = thread % args.input_width;',
  'let place = y * args.input_width + x;',
  'let plane = thread / (args.input_width * args.rows);',
  'for (var kernel_row = 0u; kernel_row < args.kernel_height; kernel_row++) {',
  '  let scaled_row = y + args.padding_height - kernel_row * args.dilation_height;',
  '  let row = scaled_row / args.stride_height;',
  '  if (row >= args.output_height || row * args.stride_height != scaled_row) { continue; }',
  '  for (var kernel_column = 0u; kernel_column < args.kernel_width; kernel_column++) {',
  '    let scaled_column = x + args.padding_width - kernel_column * args.dilation_width;',
  '    let column = scaled_column / args.stride_width;',
  '    if (column >= args.output_width || column * args.stride_width != scaled_column) { continue; }',
  '    let seer = (plane * args.output_height + row) * args.output_width + column;',
  ...body.map((line) => `    ${line}`),
  '  }',
  '}',
]

/** By what the sum at an output place is divided: the whole window, or the places that are not padding. */
const divisorCode = (includesPadding: boolean): string =>
  includesPadding
    ? `fn divisor(row: u32, column: u32) -> f32 {
  return f32(args.kernel_height * args.kernel_width);
}
`
    : `fn inside(start: u32, kernel: u32, dilation: u32, padding: u32, size: u32) -> u32 {
  var count = 0u;
  for (var at = 0u; at < kernel; at++) {
    if (start + at * dilation - padding < size) { count += 1u; }
  }
  return count;
}

fn divisor(row: u32, column: u32) -> f32 {
  let rows = inside(row * args.stride_height, args.kernel_height, args.dilation_height, args.padding_height, args.input_height);
  let columns = inside(column * args.stride_width, args.kernel_width, args.dilation_width, args.padding_width, args.input_width);
  return f32(max(1u, rows * columns));
}
`

const lines: Record<Operation, (code: NamedCodes, type: string) => readonly string[]> = {
  max: (code, type) => [
    `var best = ${type === 'f32' ? 'from_bits(0xff800000u)' : type === 'i32' ? 'bitcast<i32>(0x80000000u)' : 'false'};`,
    'var chosen = -1i;',
    ...seenPlaces([
      `let value = ${code('source').load('plane_start + place')};`,
      type === 'f32'
        ? 'if (chosen < 0i || value > best || (is_nan(value) && !is_nan(best))) {'
        : type === 'i32'
          ? 'if (chosen < 0i || value > best) {'
          : 'if (chosen < 0i || (value && !best)) {',
      '  best = value;',
      '  chosen = i32(place);',
      '}',
    ]),
    code('result').store('args.result_offset + thread', 'best'),
    code('choice').store('args.choice_offset + thread', 'chosen'),
  ],
  maxGradient: (code, type) => [
    `var total = ${type}();`,
    ...seeingPlaces([
      `if (u32(${code('choice').load('args.choice_offset + seer')}) == place) { total += ${code('gradient').load('args.source_offset + seer')}; }`,
    ]),
    code('result').store('args.result_offset + thread', 'total'),
  ],
  maxTake: (code, type) => [
    'let plane = thread / (args.output_width * args.rows);',
    `let chosen = ${code('choice').load('args.choice_offset + thread')};`,
    `var value = ${type}();`,
    `if (chosen >= 0i) { value = ${code('source').load('args.source_offset + plane * args.input_height * args.input_width + u32(chosen)')}; }`,
    code('result').store('args.result_offset + thread', 'value'),
  ],
  average: (code) => [
    'var total = 0.0;',
    ...seenPlaces([`total += f32(${code('source').load('plane_start + place')});`]),
    code('result').store('args.result_offset + thread', 'total / divisor(row, column)'),
  ],
  averageGradient: (code) => [
    'var total = 0.0;',
    ...seeingPlaces([`total += f32(${code('gradient').load('args.source_offset + seer')}) / divisor(row, column);`]),
    code('result').store('args.result_offset + thread', 'total'),
  ],
}

/** Whether an operation goes from the places of the output to those of the input. */
export const isPoolGradient = (operation: Operation): boolean =>
  operation === 'maxGradient' || operation === 'averageGradient'

/**
 * Plans pooling: a thread for each place of the output; gradients gather what flows to a place, so nothing races. A part
 * covers some rows of one plane: offsets of operands with an element for each thread are those of its first row, others
 * those of the plane, which may lie before their window.
 */
export const planPool: Planner<PoolKernel> = (kernel, { box }) => {
  const { structure, planes, window, countIncludePad, offsets } = kernel
  const { operation, dtype } = structure
  const [height, width] = isPoolGradient(operation) ? window.input : window.output
  const rows = box?.shape[1] ?? height
  const threads = planes * rows * width
  if (threads === 0) return { launches: [], scratch: [] }
  const averages = operation === 'average' || operation === 'averageGradient'
  const [first = 0, second = 0] = offsets.inputs
  const [target = 0, choices = 0] = offsets.outputs
  const type = valueType(dtype)
  const launch = threadLaunch({
    label: `pool ${operation} [${[planes, ...window.input].join(', ')}] by ${window.kernel.join('×')}`,
    comment: `pool: ${operation}\nA thread computes one place.`,
    key: `pool ${operation} ${dtype} ${String(averages && countIncludePad)}`,
    operands: operands(kernel),
    fields: [
      ...sizeFields({
        // The shader adds modulo 2^32, so an offset below zero needs nothing of its own.
        source_offset: first >>> 0,
        result_offset: target,
        choice_offset: (operation === 'max' ? choices : second) >>> 0,
        rows,
        first_row: box?.start[1] ?? 0,
      }),
      ...windowFields(window),
    ],
    threads,
    functions: () =>
      [
        functionsText(type === 'f32' && operation === 'max' ? [fromBits, isNan] : []),
        averages ? divisorCode(countIncludePad) : '',
      ].join('\n'),
    lines: (code) => lines[operation](code, type),
  })
  return { launches: [launch], scratch: [] }
}
