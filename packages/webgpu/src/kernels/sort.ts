import type { DType, SortKernel } from '@chainrule/tensor'
import { inputMemory, type Launch, type LaunchOperand, mainHead, outputMemory, scratchMemory } from '../launch.js'
import type { NamedCodes } from './thread-launch.js'
import { groupThreads, type Planner } from '../plan-context.js'
import { sortBlock, sortKeyCode, sortMemoryCode, sortOrderCode } from './sort-code.js'
import { extensionsFor, namedCodes, readOperand, sizeFields, threadLaunch, writtenOperand } from './thread-launch.js'

/** How lines are laid out for sorting: each is padded to a power of two. */
interface SortPlan {
  readonly kernel: SortKernel
  readonly lines: number
  /** Padded length of a line. */
  readonly length: number
  /** Elements that a workgroup holds: a part of a line, or several whole ones. */
  readonly block: number
}

const known = (kernel: SortKernel): SortPlan => {
  const length = 2 ** Math.ceil(Math.log2(Math.max(2, kernel.axis)))
  return { kernel, lines: kernel.outer * kernel.inner, length, block: Math.min(sortBlock, Math.max(length, 512)) }
}

const labelOf = ({ outer, axis, inner, structure }: SortKernel): string =>
  `sort ${structure.dtype} [${[outer, axis, inner].join(', ')}]`

const fieldsOf = ({ kernel, lines, length }: SortPlan, run: number) =>
  sizeFields({
    lines,
    length,
    axis: kernel.axis,
    count: kernel.count,
    inner: kernel.inner,
    run,
    source_offset: kernel.offsets.input,
    values_offset: kernel.offsets.values,
    places_offset: kernel.offsets.places,
  })

/** Line and place in it of the element with the flat number `flat`, and where it lies in the input. */
const lineCode = [
  'let line = flat / args.length;',
  'let place = flat % args.length;',
  'let source_at = args.source_offset + ((line / args.inner) * args.axis + place) * args.inner + line % args.inner;',
]

const source = (dtype: DType): LaunchOperand => readOperand('source', inputMemory(0), dtype)
const results = (dtype: DType): LaunchOperand[] => [
  writtenOperand('sorted_values', outputMemory(0), dtype),
  writtenOperand('sorted_places', outputMemory(1), 'int32'),
]
const scratch = (): LaunchOperand => writtenOperand('pairs', scratchMemory(0), 'int32')

const storeResults = (code: NamedCodes): string[] => [
  'if (line < args.lines && place < args.count) {',
  '  let target_at = ((line / args.inner) * args.count + place) * args.inner + line % args.inner;',
  '  let origin = args.source_offset + ((line / args.inner) * args.axis + places[each]) * args.inner + line % args.inner;',
  `  ${code('sorted_values').store('args.values_offset + target_at', code('source').load('origin'))}`,
  `  ${code('sorted_places').store('args.places_offset + target_at', 'i32(places[each])')}`,
  '}',
]

const storePairs = (code: NamedCodes): string[] => [
  code('pairs').store('flat * 2u', 'bitcast<i32>(keys[each])'),
  code('pairs').store('flat * 2u + 1u', 'i32(places[each])'),
]

/** A launch in which each workgroup sorts or merges a block in its own memory. */
const blockLaunch = (plan: SortPlan, isFirst: boolean, isLast: boolean, run: number): Launch => {
  const { kernel, lines, length, block } = plan
  const { dtype, descending } = kernel.structure
  const operands = [source(dtype), ...(isLast ? results(dtype) : []), ...(isFirst && isLast ? [] : [scratch()])]
  return {
    label: labelOf(kernel),
    comment: `sort: a workgroup ${isFirst ? 'sorts' : 'merges'} ${String(block)} elements in its memory by exchanging pairs.`,
    key: `sort ${dtype} ${String(descending)} ${String(block)} ${String(isFirst)} ${String(isLast)}`,
    operands,
    fields: fieldsOf(plan, run),
    workgroups: Math.ceil((lines * length) / block),
    body: (codes) => {
      const code = namedCodes(codes)
      const each = (lines_: readonly string[]): string[] => [
        `  for (var each = local; each < ${String(block)}u; each += ${String(groupThreads)}u) {`,
        '    let flat = block_start + each;',
        ...lineCode.map((line) => `    ${line}`),
        ...lines_.map((line) => `    ${line}`),
        '  }',
      ]
      const load = isFirst
        ? [
            'keys[each] = 0xffffffffu;',
            'places[each] = place;',
            `if (line < args.lines && place < args.axis) { keys[each] = key_of(${code('source').load('source_at')}); }`,
          ]
        : [
            `keys[each] = bitcast<u32>(${code('pairs').load('flat * 2u')});`,
            `places[each] = u32(${code('pairs').load('flat * 2u + 1u')});`,
          ]
      const runs = isFirst
        ? [
            `  for (var run = 2u; run <= min(args.length, ${String(block)}u); run <<= 1u) {`,
            '    for (var half = run >> 1u; half > 0u; half >>= 1u) { exchange(local, half, select(run, 0u, run == args.length), block_start); }',
            '  }',
          ]
        : [
            `  for (var half = ${String(block / 2)}u; half > 0u; half >>= 1u) {`,
            '    exchange(local, half, select(args.run, 0u, args.run == args.length), block_start);',
            '  }',
          ]
      return [
        sortKeyCode(dtype, descending),
        sortOrderCode,
        sortMemoryCode(block),
        mainHead(groupThreads),
        `  let block_start = group * ${String(block)}u;`,
        ...each(load),
        '  workgroupBarrier();',
        ...runs,
        ...each(isLast ? storeResults(code) : storePairs(code)),
        '}',
      ].join('\n')
    },
    ...extensionsFor(operands),
  }
}

/** A launch that exchanges pairs too far apart for one workgroup. */
const farLaunch = (plan: SortPlan, run: number, half: number): Launch =>
  threadLaunch({
    label: labelOf(plan.kernel),
    comment: 'sort: a thread puts one pair of elements in order.',
    key: 'sort far',
    operands: [scratch()],
    fields: [...fieldsOf(plan, run), ...sizeFields({ half })],
    threads: (plan.lines * plan.length) / 2,
    functions: () => sortOrderCode,
    lines: (code) => {
      const at = (side: string, word: number): string => `(${side} * 2u + ${String(word)}u)`
      const load = (side: string, word: number): string => code('pairs').load(at(side, word))
      const store = (side: string, word: number, value: string): string => code('pairs').store(at(side, word), value)
      return [
        'let left = (thread / args.half) * args.half * 2u + thread % args.half;',
        'let right = left + args.half;',
        ...['left', 'right'].flatMap((side) => [
          `let ${side}_key = ${load(side, 0)};`,
          `let ${side}_place = ${load(side, 1)};`,
        ]),
        'let is_ascending = args.run == args.length || (left & args.run) == 0u;',
        'let is_after = comes_after(bitcast<u32>(left_key), u32(left_place), bitcast<u32>(right_key), u32(right_place));',
        'if (is_after == is_ascending) {',
        ...[store('left', 0, 'right_key'), store('left', 1, 'right_place')].map((line) => `  ${line}`),
        ...[store('right', 0, 'left_key'), store('right', 1, 'left_place')].map((line) => `  ${line}`),
        '}',
      ]
    },
  })

/** Plans a sort: Batcher's bitonic network on keys and places, in workgroup memory as far as a line fits. */
export const planSort: Planner<SortKernel> = (kernel) => {
  const plan = known(kernel)
  const { lines, length, block } = plan
  if (lines === 0 || kernel.count === 0) return { launches: [], scratch: [] }
  if (length <= block) return { launches: [blockLaunch(plan, true, true, length)], scratch: [] }
  const launches = [blockLaunch(plan, true, false, block)]
  for (let run = block * 2; run <= length; run *= 2) {
    for (let half = run / 2; half >= block; half /= 2) launches.push(farLaunch(plan, run, half))
    launches.push(blockLaunch(plan, false, run === length, run))
  }
  return { launches, scratch: [lines * length * 8] }
}
