import type { SortKernel } from '@chainrule/tensor'
import { inputMemory, type Launch, type LaunchOperand, mainHead, outputMemory, scratchMemory } from '../launch.js'
import { groupThreads } from '../plan-context.js'
import { sortBlock, sortKeyCode, sortMemoryCode, sortOrderCode } from './sort-code.js'
import {
  extensionsFor,
  type NamedCodes,
  namedCodes,
  readOperand,
  sizeFields,
  threadLaunch,
  writtenOperand,
} from './thread-launch.js'

/**
 * Lines that are sorted together as pairs of key and place in scratch blocks, segments, each of which fits a binding: a
 * part of one line a segment, or several lines in one.
 */
export interface SortSegments {
  readonly kernel: SortKernel
  /** Padded length of a line. */
  readonly length: number
  /** Pairs of a segment, a power of two. */
  readonly size: number
}

/** Lines and places of a segment that a launch moves, and where the first of them lies. */
export interface SegmentStretch {
  readonly segment: number
  /** First pair of the segment. */
  readonly first: number
  readonly lines: number
  readonly places: number
  /** Place in its line of the first element. */
  readonly place: number
  /** First element of the source, or of the places. */
  readonly offset: number
  /** First byte of the window of the source, or of the places. */
  readonly byteOffset: number
}

const labelOf = ({ outer, axis, inner, structure }: SortKernel): string =>
  `sort ${structure.dtype} [${[outer, axis, inner].join(', ')}]`

const pairs = (name: string, segment: number): LaunchOperand => ({
  name,
  memory: scratchMemory(segment),
  dtype: 'int32',
  lanes: 1,
  writes: true,
})

const storePair = (code: NamedCodes, name: string, at: string, key: string, place: string): string[] => [
  code(name).store(`(${at}) * 2u`, key),
  code(name).store(`(${at}) * 2u + 1u`, place),
]

/** Line and place of a thread in a stretch: lines lie side by side. */
const stretchCode = ['let line = thread % args.lines;', 'let place = thread / args.lines;']

const stretchFields = ({ kernel, length }: SortSegments, stretch: SegmentStretch) =>
  sizeFields({
    lines: stretch.lines,
    first: stretch.first,
    first_place: stretch.place,
    length,
    step: kernel.inner,
    offset: stretch.offset,
  })

/** Fills a segment with pairs that come after all others. */
export const padSegment = ({ kernel, length, size }: SortSegments, segment: number): Launch =>
  threadLaunch({
    label: labelOf(kernel),
    comment: 'sort: a thread writes a pair that comes after all others.',
    key: 'sort pad',
    operands: [pairs('pairs', segment)],
    fields: sizeFields({ length, start: segment * size }),
    threads: size,
    lines: (code) => storePair(code, 'pairs', 'thread', '-1i', 'i32((args.start + thread) % args.length)'),
  })

/** Writes the pairs of some elements. */
export const loadSegment = (segments: SortSegments, stretch: SegmentStretch): Launch => {
  const { kernel } = segments
  const { dtype, descending } = kernel.structure
  const source: LaunchOperand = {
    ...readOperand('source', inputMemory(0), dtype),
    byteOffset: stretch.byteOffset,
  }
  return threadLaunch({
    label: labelOf(kernel),
    comment: 'sort: a thread writes the key and the place of an element.',
    key: `sort load ${dtype} ${String(descending)}`,
    operands: [source, pairs('pairs', stretch.segment)],
    fields: stretchFields(segments, stretch),
    threads: stretch.lines * stretch.places,
    functions: () => sortKeyCode(dtype, descending),
    lines: (code) => [
      ...stretchCode,
      `let key = key_of(${code('source').load('args.offset + place * args.step + line')});`,
      'let pair = args.first + line * args.length + place;',
      ...storePair(code, 'pairs', 'pair', 'bitcast<i32>(key)', 'i32(args.first_place + place)'),
    ],
  })
}

/** Sorts blocks of a segment in workgroup memory, or ends the merge of a run there. */
export const sortSegment = (segments: SortSegments, segment: number, run: number | 'blocks'): Launch => {
  const { kernel, length, size } = segments
  const block = Math.min(sortBlock, size)
  const isFirst = run === 'blocks'
  const operands = [pairs('pairs', segment)]
  const exchange = (of: string): string =>
    `exchange(local, half, select(${of}, 0u, ${of} == args.length), args.start + block_start);`
  return {
    label: labelOf(kernel),
    comment: `sort: a workgroup ${isFirst ? 'sorts' : 'merges'} ${String(block)} pairs in its memory by exchanging them.`,
    key: `sort segment ${String(block)} ${String(isFirst)}`,
    operands,
    fields: sizeFields({ length, start: segment * size, run: isFirst ? 0 : run }),
    workgroups: size / block,
    body: (codes) => {
      const code = namedCodes(codes)
      const each = (lines: readonly string[]): string[] => [
        `  for (var each = local; each < ${String(block)}u; each += ${String(groupThreads)}u) {`,
        '    let pair = block_start + each;',
        ...lines.map((line) => `    ${line}`),
        '  }',
      ]
      return [
        sortOrderCode,
        sortMemoryCode(block),
        mainHead(groupThreads),
        `  if (group >= ${String(size / block)}u) { return; }`,
        `  let block_start = group * ${String(block)}u;`,
        ...each([
          `keys[each] = bitcast<u32>(${code('pairs').load('pair * 2u')});`,
          `places[each] = u32(${code('pairs').load('pair * 2u + 1u')});`,
        ]),
        '  workgroupBarrier();',
        ...(isFirst
          ? [
              `  for (var run = 2u; run <= min(args.length, ${String(block)}u); run <<= 1u) {`,
              `    for (var half = run >> 1u; half > 0u; half >>= 1u) { ${exchange('run')} }`,
              '  }',
            ]
          : [`  for (var half = ${String(block / 2)}u; half > 0u; half >>= 1u) { ${exchange('args.run')} }`]),
        ...each(storePair(code, 'pairs', 'pair', 'bitcast<i32>(keys[each])', 'i32(places[each])')),
        '}',
      ].join('\n')
    },
    ...extensionsFor(operands),
  }
}

/** Exchanges pairs that are `half` apart, in one segment or in two. */
export const exchangeSegments = (segments: SortSegments, segment: number, run: number, half: number): Launch => {
  const { kernel, length, size } = segments
  const isAcross = half >= size
  const right = isAcross ? 'far' : 'pairs'
  return threadLaunch({
    label: labelOf(kernel),
    comment: `sort: a thread puts two pairs${isAcross ? ' of different segments' : ''} in order.`,
    key: `sort exchange ${String(isAcross)}`,
    operands: [pairs('pairs', segment), ...(isAcross ? [pairs('far', segment + half / size)] : [])],
    fields: sizeFields({ length, start: segment * size, run, half }),
    threads: isAcross ? size : size / 2,
    functions: () => sortOrderCode,
    lines: (code) => [
      ...(isAcross
        ? ['let left = thread;', 'let right = thread;']
        : ['let left = (thread / args.half) * args.half * 2u + thread % args.half;', 'let right = left + args.half;']),
      `let left_key = ${code('pairs').load('left * 2u')};`,
      `let left_place = ${code('pairs').load('left * 2u + 1u')};`,
      `let right_key = ${code(right).load('right * 2u')};`,
      `let right_place = ${code(right).load('right * 2u + 1u')};`,
      'let is_ascending = args.run == args.length || ((args.start + left) & args.run) == 0u;',
      'let is_after = comes_after(bitcast<u32>(left_key), u32(left_place), bitcast<u32>(right_key), u32(right_place));',
      'if (is_after == is_ascending) {',
      ...storePair(code, 'pairs', 'left', 'right_key', 'right_place').map((line) => `  ${line}`),
      ...storePair(code, right, 'right', 'left_key', 'left_place').map((line) => `  ${line}`),
      '}',
    ],
  })
}

/** Writes the places of sorted pairs to the second output. */
export const storeSegment = (segments: SortSegments, stretch: SegmentStretch): Launch => {
  const target: LaunchOperand = {
    ...writtenOperand('sorted_places', outputMemory(1), 'int32'),
    byteOffset: stretch.byteOffset,
  }
  return threadLaunch({
    label: labelOf(segments.kernel),
    comment: 'sort: a thread writes the place of an element.',
    key: 'sort store',
    operands: [pairs('pairs', stretch.segment), target],
    fields: stretchFields(segments, stretch),
    threads: stretch.lines * stretch.places,
    lines: (code) => [
      ...stretchCode,
      'let pair = args.first + line * args.length + place;',
      code('sorted_places').store('args.offset + place * args.step + line', code('pairs').load('pair * 2u + 1u')),
    ],
  })
}
