import type { GatherKernel } from '@chainrule/tensor'
import { inputMemory, outputMemory } from '../launch.js'
import { valueType } from '../operand-code.js'
import type { Planner } from '../plan-context.js'
import { faultField, faultsOperand, indexCheckCode } from './fault-code.js'
import { readOperand, sizeFields, threadLaunch, writtenOperand } from './thread-launch.js'

/** Plans a gather: a thread for each element, or for four neighbours of the inner axis. */
export const planGather: Planner<GatherKernel> = (kernel) => {
  const { structure, outer, axis, count, inner, offsets } = kernel
  const { mode, dtype } = structure
  // Along an axis each element has an index of its own.
  const isVector = mode === 'take' && [inner, offsets.source, offsets.output].every((value) => value % 4 === 0)
  const unit = isVector ? 4 : 1
  const threads = (outer * count * inner) / unit
  if (threads === 0) return { launches: [], scratch: [] }
  const indexAt = mode === 'take' ? 'place' : 'thread'
  const launch = threadLaunch({
    label: `gather ${mode} [${[outer, axis, inner].join(', ')}] at ${String(count)} places`,
    comment: `gather (${mode}): a thread copies ${isVector ? 'four neighbours of the inner axis' : 'one element'}.`,
    key: `gather ${mode} ${dtype} ${String(unit)}`,
    operands: [
      readOperand('source', inputMemory(0), dtype, unit),
      readOperand('index', inputMemory(1), 'int32'),
      writtenOperand('result', outputMemory(0), dtype, unit),
      faultsOperand,
    ],
    fields: [
      ...sizeFields({
        axis,
        count,
        inner: inner / unit,
        source_offset: offsets.source / unit,
        index_offset: offsets.index,
        result_offset: offsets.output / unit,
      }),
      faultField,
    ],
    threads,
    functions: indexCheckCode,
    lines: (code) => {
      const source = 'args.source_offset + (outer * args.axis + u32(chosen)) * args.inner + inner'
      const target = 'args.result_offset + thread'
      const type = valueType(dtype)
      return [
        'let inner = thread % args.inner;',
        'let place = (thread / args.inner) % args.count;',
        'let outer = thread / args.inner / args.count;',
        `let chosen = ${code('index').load(`args.index_offset + ${indexAt}`)};`,
        `var value = ${isVector ? `vec4<${type}>()` : `${type}()`};`,
        `if (is_index(chosen)) { value = ${isVector ? code('source').loadLanes(source) : code('source').load(source)}; }`,
        isVector ? code('result').storeLanes(target, 'value') : code('result').store(target, 'value'),
      ]
    },
  })
  return { launches: [launch], scratch: [] }
}
