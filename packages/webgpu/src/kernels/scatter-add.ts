import type { CopyKernel, ScatterAddKernel } from '@chainrule/tensor'
import { inputMemory, type Launch, type LaunchOperand, outputMemory, scratchMemory } from '../launch.js'
import { valueType } from '../operand-code.js'
import type { Planner, PlanContext } from '../plan-context.js'
import { planCopy } from './copy.js'
import { faultField, faultsOperand, indexCheckCode } from './fault-code.js'
import { planSort } from './sort.js'
import { readOperand, sizeFields, threadLaunch, writtenOperand } from './thread-launch.js'

/** Indices up to this many are looked through by every element of the output. */
const fewIndices = 64

const labelOf = ({ structure, outer, axis, count, inner }: ScatterAddKernel): string =>
  `scatterAdd ${structure.mode} [${[outer, count, inner].join(', ')}] into ${String(axis)} places`

const sum = (kernel: ScatterAddKernel, left: string, right: string): string =>
  `${left} ${valueType(kernel.structure.dtype) === 'bool' ? '||' : '+'} ${right}`

const fieldsOf = ({ outer, axis, count, inner, offsets }: ScatterAddKernel) => [
  ...sizeFields({
    outer,
    axis,
    count,
    inner,
    source_offset: offsets.source,
    index_offset: offsets.index,
    base_offset: offsets.base,
    result_offset: offsets.output,
  }),
  faultField,
]

const operandsOf = ({ structure: { dtype } }: ScatterAddKernel): LaunchOperand[] => [
  readOperand('source', inputMemory(0), dtype),
  readOperand('index', inputMemory(1), 'int32'),
  writtenOperand('result', outputMemory(0), dtype),
  faultsOperand,
]

/** Every element of the output looks through all indices. */
const lookThrough = (kernel: ScatterAddKernel): Launch => {
  const { structure, outer, axis, inner } = kernel
  const { mode, dtype, hasBase } = structure
  const type = valueType(dtype)
  return threadLaunch({
    label: labelOf(kernel),
    comment: `scatter-add (${mode}): a thread looks through the indices for one element of the output.`,
    key: `scatterAdd look ${mode} ${dtype} ${String(hasBase)}`,
    operands: [...operandsOf(kernel), ...(hasBase ? [readOperand('base', inputMemory(2), dtype)] : [])],
    fields: fieldsOf(kernel),
    threads: outer * axis * inner,
    functions: indexCheckCode,
    lines: (code) => [
      'let inner = thread % args.inner;',
      'let place = i32((thread / args.inner) % args.axis);',
      'let outer = thread / args.inner / args.axis;',
      `var total = ${hasBase ? code('base').load('args.base_offset + thread') : `${type}()`};`,
      'for (var step = 0u; step < args.count; step++) {',
      '  let at = (outer * args.count + step) * args.inner + inner;',
      `  let chosen = ${code('index').load(`args.index_offset + ${mode === 'take' ? 'step' : 'at'}`)};`,
      `  if (is_index(chosen) && chosen == place) { total = ${sum(kernel, 'total', code('source').load('args.source_offset + at'))}; }`,
      '}',
      code('result').store('args.result_offset + thread', 'total'),
    ],
  })
}

/** The output before anything is added: the base, or zeros. */
const prepareOutput = (kernel: ScatterAddKernel, context: PlanContext): readonly Launch[] => {
  const { structure, outer, axis, inner, offsets } = kernel
  const size = outer * axis * inner
  const common = { kind: 'copy', structure: { dtype: structure.dtype, accumulate: false } } as const
  const copy: CopyKernel = structure.hasBase
    ? {
        ...common,
        pieces: [
          {
            input: 2,
            shape: [size],
            source: { strides: [1], offset: offsets.base },
            target: { strides: [1], offset: offsets.output },
          },
        ],
      }
    : { ...common, fill: { value: 0, size, offset: offsets.output }, pieces: [] }
  return planCopy(copy, context).launches
}

/** A thread for each line along the axis adds its elements one after another. */
const addLines = (kernel: ScatterAddKernel): Launch => {
  const { structure, outer, inner } = kernel
  const { mode, dtype } = structure
  return threadLaunch({
    label: labelOf(kernel),
    comment: `scatter-add (${mode}): a thread adds the elements of one line in order.`,
    key: `scatterAdd lines ${mode} ${dtype}`,
    operands: operandsOf(kernel),
    fields: fieldsOf(kernel),
    threads: outer * inner,
    functions: indexCheckCode,
    lines: (code) => [
      'let inner = thread % args.inner;',
      'let outer = thread / args.inner;',
      'for (var step = 0u; step < args.count; step++) {',
      '  let at = (outer * args.count + step) * args.inner + inner;',
      `  let chosen = ${code('index').load(`args.index_offset + ${mode === 'take' ? 'step' : 'at'}`)};`,
      '  if (is_index(chosen)) {',
      '    let target_at = args.result_offset + (outer * args.axis + u32(chosen)) * args.inner + inner;',
      `    ${code('result').store('target_at', sum(kernel, code('result').load('target_at'), code('source').load('args.source_offset + at')))}`,
      '  }',
      '}',
    ],
  })
}

/** Positions sorted by index; the first of equal ones adds all of them, in the order in which they stand. */
const addSorted = (kernel: ScatterAddKernel): Launch => {
  const { structure, outer, count, inner } = kernel
  const { dtype } = structure
  const order: LaunchOperand[] = [
    readOperand('sorted_index', scratchMemory(0), 'int32'),
    readOperand('sorted_place', scratchMemory(1), 'int32'),
  ]
  return threadLaunch({
    label: labelOf(kernel),
    comment:
      'scatter-add (take): indices are sorted; the thread of the first of equal ones adds their elements in order.',
    key: `scatterAdd sorted ${dtype}`,
    operands: [...operandsOf(kernel).filter(({ name }) => name !== 'index'), ...order],
    fields: fieldsOf(kernel),
    threads: outer * count * inner,
    functions: indexCheckCode,
    lines: (code) => [
      'let inner = thread % args.inner;',
      'let first = (thread / args.inner) % args.count;',
      'let outer = thread / args.inner / args.count;',
      `let chosen = ${code('sorted_index').load('first')};`,
      'if (!is_index(chosen)) { return; }',
      `if (first > 0u && ${code('sorted_index').load('max(first, 1u) - 1u')} == chosen) { return; }`,
      'let target_at = args.result_offset + (outer * args.axis + u32(chosen)) * args.inner + inner;',
      `var total = ${code('result').load('target_at')};`,
      'for (var step = first; step < args.count; step++) {',
      `  if (${code('sorted_index').load('step')} != chosen) { break; }`,
      `  let origin = u32(${code('sorted_place').load('step')});`,
      '  let at = (outer * args.count + origin) * args.inner + inner;',
      `  total = ${sum(kernel, 'total', code('source').load('args.source_offset + at'))};`,
      '}',
      code('result').store('target_at', 'total'),
    ],
  })
}

/** Plans a scatter-add without atomic sums, so that its bits do not depend on who comes first. */
export const planScatterAdd: Planner<ScatterAddKernel> = (kernel, context) => {
  const { structure, outer, axis, count, inner, offsets } = kernel
  if (outer * axis * inner === 0) return { launches: [], scratch: [] }
  if (count <= fewIndices) return { launches: [lookThrough(kernel)], scratch: [] }
  const before = prepareOutput(kernel, context)
  if (structure.mode === 'along') return { launches: [...before, addLines(kernel)], scratch: [] }
  const sort = planSort(
    {
      kind: 'sort',
      structure: { dtype: 'int32', descending: false },
      outer: 1,
      axis: count,
      count,
      inner: 1,
      offsets: { input: offsets.index, values: 0, places: 0 },
    },
    context,
  )
  const sorting = sort.launches.map((launch) => ({
    ...launch,
    operands: launch.operands.map((operand): LaunchOperand => {
      const { kind, position } = operand.memory
      const memory =
        kind === 'input' ? inputMemory(1) : kind === 'output' ? scratchMemory(position) : scratchMemory(position + 2)
      return { ...operand, memory }
    }),
  }))
  return {
    launches: [...before, ...sorting, addSorted(kernel)],
    scratch: [count * 4, count * 4, ...sort.scratch],
  }
}
