import type { DType } from '@chainrule/tensor'
import { type ArgumentField, type Launch, type LaunchOperand, mainHead, type MemoryReference } from '../launch.js'
import type { OperandCode } from '../operand-code.js'
import { groupThreads } from '../plan-context.js'

/** Loads and stores by the name of the operand. */
export type NamedCodes = (name: string) => OperandCode

/** A dispatch in which every thread does one thing and none waits for another. */
export interface ThreadWork {
  readonly label: string
  readonly comment: string
  readonly key: string
  readonly operands: readonly LaunchOperand[]
  /** Arguments besides the number of threads. */
  readonly fields: readonly ArgumentField[]
  readonly threads: number
  /** WGSL functions. */
  readonly functions?: (code: NamedCodes) => string
  /** WGSL statements of one thread, whose number is `thread`. */
  readonly lines: (code: NamedCodes) => readonly string[]
}

/** Finds operands by name. */
export const namedCodes =
  (codes: readonly OperandCode[]): NamedCodes =>
  (name) => {
    const found = codes.find(({ operand }) => operand.name === name)
    if (!found) throw new RangeError(`${name} has no code`)
    return found
  }

/** Arguments of type u32. */
export const sizeFields = (sizes: Readonly<Record<string, number>>): ArgumentField[] =>
  Object.entries(sizes).map(([name, value]) => ({ name, type: 'u32', value }))

/** An operand that is read one element, or aligned groups of four elements, at a time. */
export const readOperand = (name: string, memory: MemoryReference, dtype: DType, lanes: 1 | 4 = 1): LaunchOperand => ({
  name,
  memory,
  dtype,
  lanes,
  writes: false,
})

/** An operand that is written; single bool elements share words, so writing them takes atomics. */
export const writtenOperand = (
  name: string,
  memory: MemoryReference,
  dtype: DType,
  lanes: 1 | 4 = 1,
): LaunchOperand => {
  const operand: LaunchOperand = { name, memory, dtype, lanes, writes: true }
  return dtype === 'bool' && lanes === 1 ? { ...operand, atomic: true } : operand
}

/** Extensions that operands of some dtypes need. */
export const extensionsFor = (operands: readonly LaunchOperand[]): { extensions?: readonly 'f16'[] } =>
  operands.some(({ dtype }) => dtype === 'float16') ? { extensions: ['f16'] } : {}

/** The launch of such work. */
export const threadLaunch = (work: ThreadWork): Launch => ({
  label: work.label,
  comment: work.comment,
  key: work.key,
  operands: work.operands,
  fields: [...sizeFields({ threads: work.threads }), ...work.fields],
  workgroups: Math.ceil(work.threads / groupThreads),
  body: (codes) => {
    const code = namedCodes(codes)
    return [
      work.functions?.(code) ?? '',
      mainHead(groupThreads),
      `  let thread = group * ${String(groupThreads)}u + local;`,
      '  if (thread >= args.threads) { return; }',
      ...work.lines(code).map((line) => `  ${line}`),
      '}',
    ].join('\n')
  },
  ...extensionsFor(work.operands),
})
