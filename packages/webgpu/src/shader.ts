import { type BindingCode, OperandCode, wordType } from './operand-code.js'
import type { ArgumentField, Launch } from './launch.js'

/**
 * How the operands of a dispatch share bindings. WebGPU refuses two bindings of which one writes what the other sees,
 * so operands in one place of one buffer become one binding, and all bindings of a buffer that is written may write.
 */
export interface BindingLayout {
  /** Number of the binding of each operand, counted from 0. */
  readonly bindingOf: readonly number[]
  /** Whether each binding may be written. */
  readonly writable: readonly boolean[]
}

/** The layout of operands that are all in different buffers. */
export const separateBindings = (launch: Launch): BindingLayout => ({
  bindingOf: launch.operands.map((_, position) => position),
  writable: launch.operands.map(({ writes }) => writes),
})

/** Text that differs for layouts that need different shaders. */
export const layoutKey = ({ bindingOf, writable }: BindingLayout): string =>
  `${bindingOf.join('.')}:${writable.map((may) => (may ? 'w' : 'r')).join('')}`

const argumentsText = (fields: readonly ArgumentField[]): string =>
  fields.length === 0
    ? ''
    : [
        'struct Arguments {',
        ...fields.map(({ name, type }) => `  ${name}: ${type},`),
        '}',
        '@group(0) @binding(0) var<uniform> args: Arguments;',
        '',
      ].join('\n')

/**
 * The whole WGSL of a dispatch, readable by people.
 *
 * @param launch - the dispatch
 * @param layout - how its operands share bindings
 * @returns the text of a shader module with the entry point `main`
 */
export const shaderText = (launch: Launch, layout: BindingLayout = separateBindings(launch)): string => {
  const { operands } = launch
  const bindings = layout.writable.map((writable, number): BindingCode & { readonly text: string } => {
    const sharers = operands.filter((_, position) => layout.bindingOf[position] === number)
    const [first] = sharers
    if (first === undefined) throw new RangeError(`binding ${String(number)} of ${launch.label} has no operand`)
    const atomic = sharers.some((operand) => operand.atomic === true)
    const word = wordType(first.dtype)
    const lanes = word !== 'u32' && sharers.every((operand) => operand.lanes === 4) ? 4 : 1
    const element = atomic ? `atomic<${word}>` : lanes === 4 ? `vec4<${word}>` : word
    const access = writable ? 'read_write' : 'read'
    const text = `@group(0) @binding(${String(number + 1)}) var<storage, ${access}> ${first.name}: array<${element}>;`
    return { variable: first.name, word, lanes, atomic, text }
  })
  const codes = operands.map((operand, position) => {
    const binding = bindings[layout.bindingOf[position] ?? -1]
    if (binding === undefined) throw new RangeError(`operand ${operand.name} of ${launch.label} has no binding`)
    return new OperandCode(operand, binding)
  })
  const body = launch.body(codes)
  return [
    ...launch.comment.split('\n').map((line) => `// ${line}`),
    ...(launch.extensions ?? []).map((extension) => `enable ${extension};`),
    '',
    argumentsText(launch.fields),
    ...bindings.map(({ text }) => text),
    '',
    ...codes.map(({ functions }) => functions).filter((text) => text !== ''),
    body.trim(),
    '',
  ].join('\n')
}
