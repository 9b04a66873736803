import type { GatherKernel } from '@chainrule/tensor'
import { inputMemory, outputMemory } from '../launch.js'
import { valueType } from '../operand-code.js'
import type { Planner } from '../plan-context.js'
import { faultField, faultsOperand, indexCheckCode } from './fault-code.js'
import { readOperand, sizeFields, threadLaunch, writtenOperand } from './thread-launch.js'

/**
 * Plans a gather: a thread for each element, or for four neighbours of the inner axis. In a part, elements whose index lies
 * in another window of the source are left to the part that sees them.
 */
export const planGather: Planner<GatherKernel> = (kernel, { box }) => {
  const { structure, outer, axis, count, inner, offsets } = kernel
  const { mode, dtype } = structure
  const [outers = 0, length = 0, counts = 0, inners = 0] = box?.shape ?? [outer, axis, count, inner]
  const isWindow = length < axis
  // Along an axis each element has an index of its own.
  const isVector = mode === 'take' && [inner, inners, offsets.source, offsets.output].every((value) => value % 4 === 0)
  const unit = isVector ? 4 : 1
  const threads = (outers * counts * inners) / unit
  if (threads === 0) return { launches: [], scratch: [] }
  const indexAt = mode === 'take' ? 'place' : '(outer * args.full_count + place) * args.step + inner'
  const launch = threadLaunch({
    label: `gather ${mode} [${[outer, axis, inner].join(', ')}] at ${String(count)} places`,
    comment: `gather (${mode}): a thread copies ${isVector ? 'four neighbours of the inner axis' : 'one element'}${isWindow ? ' if the source is in its window' : ''}.`,
    key: `gather ${mode} ${dtype} ${String(unit)} ${String(isWindow)}`,
    operands: [
      readOperand('source', inputMemory(0), dtype, unit),
      readOperand('index', inputMemory(1), 'int32'),
      writtenOperand('result', outputMemory(0), dtype, unit),
      faultsOperand,
    ],
    fields: [
      ...sizeFields({
        axis,
        count: counts,
        inner: inners / unit,
        // Steps of the whole, of which this may be a part.
        full_count: count,
        step: inner / unit,
        ...(isWindow ? { first: box?.start[1] ?? 0, length } : {}),
        source_offset: offsets.source / unit,
        index_offset: offsets.index,
        result_offset: offsets.output / unit,
      }),
      faultField,
    ],
    threads,
    functions: indexCheckCode,
    lines: (code) => {
      const chosen = isWindow ? '(u32(chosen) - args.first)' : 'u32(chosen)'
      const source = `args.source_offset + (outer * args.axis + ${chosen}) * args.step + inner`
      const target = 'args.result_offset + (outer * args.full_count + place) * args.step + inner'
      const type = valueType(dtype)
      const load = isVector ? code('source').loadLanes(source) : code('source').load(source)
      const store = (value: string): string =>
        isVector ? code('result').storeLanes(target, value) : code('result').store(target, value)
      return [
        'let inner = thread % args.inner;',
        'let place = (thread / args.inner) % args.count;',
        'let outer = thread / args.inner / args.count;',
        `let chosen = ${code('index').load(`args.index_offset + ${indexAt}`)};`,
        ...(isWindow
          ? [`if (is_index(chosen) && u32(chosen) - args.first < args.length) { ${store(load)} }`]
          : [
              `var value = ${isVector ? `vec4<${type}>()` : `${type}()`};`,
              `if (is_index(chosen)) { value = ${load}; }`,
              store('value'),
            ]),
      ]
    },
  })
  return { launches: [launch], scratch: [] }
}
