import type { ScanKernel } from '@chainrule/tensor'
import { inputMemory, type Launch, type LaunchOperand, mainHead, outputMemory, scratchMemory } from '../launch.js'
import { valueType } from '../operand-code.js'
import { groupThreads, type Planner } from '../plan-context.js'
import {
  extensionsFor,
  namedCodes,
  type NamedCodes,
  readOperand,
  sizeFields,
  threadLaunch,
  writtenOperand,
} from './thread-launch.js'

/** Elements of a line that a workgroup scans at a time. */
const perThread = 4

/** Lines from which on a thread for each keeps a GPU busy. */
const manyLines = 8192

/** WGSL of where the element of a line is, by its place from where the scan begins. */
const at = (reverse: boolean, place: string): string => {
  const step = reverse ? `(args.axis - 1u - (${place}))` : `(${place})`
  return `(line / args.inner) * args.outer_step + ${step} * args.step + line % args.inner`
}

/** WGSL of where the running value of a line is kept between the parts of a line. */
const carryAt = 'args.carry_offset + (line / args.inner) * args.step + line % args.inner'

/**
 * Plans a running sum or product: a thread a line where there are many or they are short, else a workgroup a line. Lines that
 * are cut hand what they have so far from part to part.
 */
export const planScan: Planner<ScanKernel> = (kernel, { box }) => {
  const { structure, offsets } = kernel
  const { reduction, dtype, reverse, exclusive } = structure
  const [outer = 0, axis = 0, inner = 0] = box?.shape ?? [kernel.outer, kernel.axis, kernel.inner]
  const [, start = 0] = box?.start ?? []
  const before = start > 0
  const after = start + axis < kernel.axis
  const [resumes, leaves] = reverse ? [after, before] : [before, after]
  const lines = outer * inner
  if (lines * axis === 0) return { launches: [], scratch: [] }
  const type = valueType(dtype)
  const identity = type === 'f32' ? (reduction === 'sum' ? '0.0' : '1.0') : reduction === 'sum' ? '0i' : '1i'
  const operator = reduction === 'sum' ? '+' : '*'
  const kinds = `${reduction}${reverse ? ' from the end' : ''}${exclusive ? ', exclusive' : ''}`
  const label = `scan ${kinds} [${[kernel.outer, kernel.axis, kernel.inner].join(', ')}]`
  const key = `scan ${reduction} ${dtype} ${String(reverse)} ${String(exclusive)} ${String(resumes)} ${String(leaves)}`
  const carried: LaunchOperand = {
    name: 'carried',
    memory: scratchMemory(0),
    dtype: type === 'i32' ? 'int32' : 'float32',
    lanes: 1,
    writes: leaves,
  }
  const operands = [
    readOperand('source', inputMemory(0), dtype),
    writtenOperand('result', outputMemory(0), dtype),
    ...(resumes || leaves ? [carried] : []),
  ]
  const fields = sizeFields({
    axis,
    inner,
    outer_step: kernel.axis * kernel.inner,
    step: kernel.inner,
    source_offset: offsets.input,
    result_offset: offsets.output,
    carry_offset: box?.carryOffset ?? 0,
  })
  const scratch = resumes || leaves ? [kernel.outer * kernel.inner * 4] : []
  const first = (code: NamedCodes): string => (resumes ? code('carried').load(carryAt) : identity)
  if (lines >= manyLines || axis <= 64) {
    const launch = threadLaunch({
      label,
      comment: `scan: ${kinds}\nA thread goes along a line.`,
      key: `${key} thread`,
      operands,
      fields,
      threads: lines,
      lines: (code) => [
        'let line = thread;',
        `var running = ${first(code)};`,
        'for (var step = 0u; step < args.axis; step++) {',
        `  let place = ${at(reverse, 'step')};`,
        `  let value = ${code('source').load('args.source_offset + place')};`,
        ...(exclusive ? [`  ${code('result').store('args.result_offset + place', 'running')}`] : []),
        `  running = running ${operator} value;`,
        ...(exclusive ? [] : [`  ${code('result').store('args.result_offset + place', 'running')}`]),
        '}',
        ...(leaves ? [code('carried').store(carryAt, 'running')] : []),
      ],
    })
    return { launches: [launch], scratch }
  }
  const block = groupThreads * perThread
  const launch: Launch = {
    label,
    comment: `scan: ${kinds}\nA workgroup goes along a line, ${String(block)} elements at a time, a thread owns ${String(perThread)} neighbours.`,
    key: `${key} group`,
    operands,
    fields: [...sizeFields({ lines }), ...fields],
    workgroups: lines,
    body: (codes) => {
      const code = namedCodes(codes)
      const each = Array.from({ length: perThread }, (_, lane) => String(lane))
      return [
        `var<workgroup> sums: array<${type}, ${String(groupThreads)}>;`,
        '',
        mainHead(groupThreads),
        '  let line = group;',
        '  if (line >= args.lines) { return; }',
        `  var carry = ${first(code)};`,
        `  for (var start = 0u; start < args.axis; start += ${String(block)}u) {`,
        `    let first = start + local * ${String(perThread)}u;`,
        ...each.flatMap((lane) => [
          `    let place${lane} = ${at(reverse, `min(first + ${lane}u, args.axis - 1u)`)};`,
          `    let value${lane} = select(${identity}, ${code('source').load(`args.source_offset + place${lane}`)}, first + ${lane}u < args.axis);`,
        ]),
        `    sums[local] = ${each.map((lane) => `value${lane}`).join(` ${operator} `)};`,
        '    workgroupBarrier();',
        `    for (var reach = 1u; reach < ${String(groupThreads)}u; reach <<= 1u) {`,
        `      let before = select(${identity}, sums[max(local, reach) - reach], local >= reach);`,
        '      workgroupBarrier();',
        `      sums[local] = before ${operator} sums[local];`,
        '      workgroupBarrier();',
        '    }',
        `    var running = carry;`,
        `    if (local > 0u) { running = carry ${operator} sums[local - 1u]; }`,
        `    carry = carry ${operator} sums[${String(groupThreads - 1)}];`,
        ...each.flatMap((lane) => {
          const store = code('result').store(`args.result_offset + place${lane}`, 'running')
          const guarded = `    if (first + ${lane}u < args.axis) { ${store} }`
          const add = `    running = running ${operator} value${lane};`
          return exclusive ? [guarded, add] : [add, guarded]
        }),
        '    workgroupBarrier();',
        '  }',
        ...(leaves ? [`  if (local == 0u) { ${code('carried').store(carryAt, 'carry')} }`] : []),
        '}',
      ].join('\n')
    },
    ...extensionsFor(operands),
  }
  return { launches: [launch], scratch }
}
