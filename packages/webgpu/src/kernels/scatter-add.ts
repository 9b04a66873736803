import { constant, type CopyKernel, type DType, type MapStructure, type ScatterAddKernel } from '@chainrule/tensor'
import { inputMemory, type Launch, type LaunchOperand, outputMemory, scratchMemory } from '../launch.js'
import { valueType } from '../operand-code.js'
import type { Box, Planner, PlanContext } from '../plan-context.js'
import { planCopy } from './copy.js'
import { faultField, faultsOperand, indexCheckCode } from './fault-code.js'
import { planMap } from './map.js'
import { planSort } from './sort.js'
import { readOperand, sizeFields, threadLaunch, writtenOperand } from './thread-launch.js'

/** Indices up to this many are looked through by every element of the output. */
const fewIndices = 64

const labelOf = ({ structure, outer, axis, count, inner }: ScatterAddKernel): string =>
  `scatterAdd ${structure.mode} [${[outer, count, inner].join(', ')}] into ${String(axis)} places`

const sum = (kernel: ScatterAddKernel, left: string, right: string): string =>
  `${left} ${valueType(kernel.structure.dtype) === 'bool' ? '||' : '+'} ${right}`

/** What a launch covers, a whole or a part, with the steps of the whole. */
const fieldsOf = ({ outer, axis, count, inner, offsets }: ScatterAddKernel, box: Box | undefined) => {
  const [outers = 0, length = 0, counts = 0, inners = 0] = box?.shape ?? [outer, axis, count, inner]
  return [
    ...sizeFields({
      outer: outers,
      axis,
      count: counts,
      inner: inners,
      first: box?.start[1] ?? 0,
      length,
      source_step: count * inner,
      result_step: axis * inner,
      step: inner,
      source_offset: offsets.source,
      index_offset: offsets.index,
      base_offset: offsets.base,
      result_offset: offsets.output,
    }),
    faultField,
  ]
}

/** Whether an earlier part of the same output has begun its sums. */
const isContinued = (box: Box | undefined): boolean => (box?.start[2] ?? 0) > 0

const operandsOf = ({ structure: { dtype } }: ScatterAddKernel): LaunchOperand[] => [
  readOperand('source', inputMemory(0), dtype),
  readOperand('index', inputMemory(1), 'int32'),
  writtenOperand('result', outputMemory(0), dtype),
  faultsOperand,
]

/** WGSL of the element of the source at `step`, and of the index that it goes to. */
const stepCode = (kernel: ScatterAddKernel): string =>
  kernel.structure.mode === 'take' ? 'step' : 'outer * args.source_step + step * args.step + inner'

const sourceAt = 'outer * args.source_step + step * args.step + inner'

/** WGSL of whether an index is one that exists, and in the window of this launch. */
const isHere = 'is_index(chosen) && u32(chosen) - args.first < args.length'

const targetAt = 'args.result_offset + outer * args.result_step + (u32(chosen) - args.first) * args.step + inner'

/** Every element of the output looks through all indices. */
const lookThrough = (kernel: ScatterAddKernel, box: Box | undefined): Launch => {
  const { structure, outer, axis, inner } = kernel
  const { mode, dtype } = structure
  const [outers = 0, length = 0, , inners = 0] = box?.shape ?? [outer, axis, 0, inner]
  const continues = isContinued(box)
  const hasBase = structure.hasBase && !continues
  const type = valueType(dtype)
  return threadLaunch({
    label: labelOf(kernel),
    comment: `scatter-add (${mode}): a thread looks through the indices for one element of the output.`,
    key: `scatterAdd look ${mode} ${dtype} ${String(hasBase)} ${String(continues)}`,
    operands: [...operandsOf(kernel), ...(hasBase ? [readOperand('base', inputMemory(2), dtype)] : [])],
    fields: fieldsOf(kernel, box),
    threads: outers * length * inners,
    functions: indexCheckCode,
    lines: (code) => {
      const before = continues
        ? code('result').load('args.result_offset + target_at')
        : hasBase
          ? code('base').load('args.base_offset + target_at')
          : `${type}()`
      return [
        'let inner = thread % args.inner;',
        'let place = (thread / args.inner) % args.length;',
        'let outer = thread / args.inner / args.length;',
        'let target_at = outer * args.result_step + place * args.step + inner;',
        `var total = ${before};`,
        'for (var step = 0u; step < args.count; step++) {',
        `  let chosen = ${code('index').load(`args.index_offset + ${stepCode(kernel)}`)};`,
        `  if (is_index(chosen) && u32(chosen) == args.first + place) { total = ${sum(kernel, 'total', code('source').load(`args.source_offset + ${sourceAt}`))}; }`,
        '}',
        code('result').store('args.result_offset + target_at', 'total'),
      ]
    },
  })
}

const zeros = new Map<DType, MapStructure>()

/** The output before anything is added: the base, or zeros. */
const prepareOutput = (kernel: ScatterAddKernel, context: PlanContext): readonly Launch[] => {
  const { structure, outer, axis, inner, offsets } = kernel
  const { dtype, hasBase } = structure
  const [outers = 0, length = 0, , inners = 0] = context.box?.shape ?? [outer, axis, 0, inner]
  const shape = [outers, length, inners]
  const strides = [axis * inner, inner, 1]
  if (hasBase) {
    const copy: CopyKernel = {
      kind: 'copy',
      structure: { dtype, accumulate: false },
      pieces: [
        {
          input: 2,
          shape,
          source: { strides, offset: offsets.base },
          target: { strides, offset: offsets.output },
        },
      ],
    }
    return planCopy(copy, context).launches
  }
  const known = zeros.get(dtype) ?? { inputs: [], outputs: [constant(0, dtype)] }
  zeros.set(dtype, known)
  const space = { shape, inputs: [], outputs: [{ strides, offset: offsets.output }] }
  return planMap({ kind: 'map', structure: known, spaces: [space] }, context).launches
}

/** A thread for each line along the axis adds its elements one after another. */
const addLines = (kernel: ScatterAddKernel, box: Box | undefined): Launch => {
  const { structure, outer, inner } = kernel
  const { mode, dtype } = structure
  const [outers = 0, , , inners = 0] = box?.shape ?? [outer, 0, 0, inner]
  return threadLaunch({
    label: labelOf(kernel),
    comment: `scatter-add (${mode}): a thread adds the elements of one line in order.`,
    key: `scatterAdd lines ${mode} ${dtype}`,
    operands: operandsOf(kernel),
    fields: fieldsOf(kernel, box),
    threads: outers * inners,
    functions: indexCheckCode,
    lines: (code) => [
      'let inner = thread % args.inner;',
      'let outer = thread / args.inner;',
      'for (var step = 0u; step < args.count; step++) {',
      `  let chosen = ${code('index').load(`args.index_offset + ${stepCode(kernel)}`)};`,
      `  if (${isHere}) {`,
      `    let target_at = ${targetAt};`,
      `    ${code('result').store('target_at', sum(kernel, code('result').load('target_at'), code('source').load(`args.source_offset + ${sourceAt}`)))}`,
      '  }',
      '}',
    ],
  })
}

/** Positions sorted by index; the first of equal ones adds all of them, in the order in which they stand. */
const addSorted = (kernel: ScatterAddKernel, box: Box | undefined): Launch => {
  const { structure, outer, count, inner } = kernel
  const { dtype } = structure
  const [outers = 0, , counts = 0, inners = 0] = box?.shape ?? [outer, 0, count, inner]
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
    fields: fieldsOf(kernel, box),
    threads: outers * counts * inners,
    functions: indexCheckCode,
    lines: (code) => [
      'let inner = thread % args.inner;',
      'let first = (thread / args.inner) % args.count;',
      'let outer = thread / args.inner / args.count;',
      `let chosen = ${code('sorted_index').load('first')};`,
      `if (!(${isHere})) { return; }`,
      `if (first > 0u && ${code('sorted_index').load('max(first, 1u) - 1u')} == chosen) { return; }`,
      `let target_at = ${targetAt};`,
      `var total = ${code('result').load('target_at')};`,
      'for (var next = first; next < args.count; next++) {',
      `  if (${code('sorted_index').load('next')} != chosen) { break; }`,
      `  let step = u32(${code('sorted_place').load('next')});`,
      `  total = ${sum(kernel, 'total', code('source').load(`args.source_offset + ${sourceAt}`))};`,
      '}',
      code('result').store('target_at', 'total'),
    ],
  })
}

/**
 * Plans a scatter-add without atomic sums, so that its bits do not depend on who comes first. Parts along the count follow
 * each other, so that sums are those of the whole.
 */
export const planScatterAdd: Planner<ScatterAddKernel> = (kernel, context) => {
  const { structure, outer, axis, count, inner, offsets } = kernel
  const { box } = context
  if (outer * axis * inner === 0) return { launches: [], scratch: [] }
  const counts = box?.shape[2] ?? count
  if (counts <= fewIndices) return { launches: [lookThrough(kernel, box)], scratch: [] }
  const before = isContinued(box) ? [] : prepareOutput(kernel, context)
  if (structure.mode === 'along') return { launches: [...before, addLines(kernel, box)], scratch: [] }
  const sort = planSort(
    {
      kind: 'sort',
      structure: { dtype: 'int32', descending: false },
      outer: 1,
      axis: counts,
      count: counts,
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
    launches: [...before, ...sorting, addSorted(kernel, box)],
    scratch: [counts * 4, counts * 4, ...sort.scratch],
  }
}
