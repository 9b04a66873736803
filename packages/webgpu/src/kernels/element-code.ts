import { type DType, type Expression, identityOf } from '@chainrule/tensor'
import { expressionCode } from '../expression-code.js'
import type { ArgumentField } from '../launch.js'
import { functionsText, type WgslFunction } from '../math/wgsl-function.js'
import { valueType } from '../operand-code.js'

/** Cells that expressions use, by slot and dtype. */
export const cellFields = (roots: readonly Expression[]): ArgumentField[] => {
  const fields = new Map<string, ArgumentField>()
  const seen = new Set<Expression>()
  const visit = (node: Expression): void => {
    if (seen.has(node)) return
    seen.add(node)
    if (node.kind === 'cell') {
      const name = cellName(node.cell, node.dtype)
      fields.set(name, { name, type: valueType(node.dtype) === 'f32' ? 'f32' : 'i32', cell: node.cell })
    }
    if (node.kind === 'scalar') node.arguments.forEach(visit)
  }
  roots.forEach(visit)
  return [...fields.values()]
}

const cellName = (slot: number, dtype: DType): string =>
  valueType(dtype) === 'f32' ? `cell${String(slot)}` : `cell${String(slot)}_${dtype}`

/** A cell as an expression of its dtype. */
export const cellCode = (slot: number, dtype: DType): string =>
  dtype === 'bool' ? `(args.${cellName(slot, dtype)} != 0i)` : `args.${cellName(slot, dtype)}`

/** The scalar primitives of expressions, for labels: `mul, add`. */
export const describeExpressions = (roots: readonly Expression[]): string => {
  const names = new Set<string>()
  const seen = new Set<Expression>()
  const visit = (node: Expression): void => {
    if (seen.has(node) || node.kind !== 'scalar') return
    seen.add(node)
    node.arguments.forEach(visit)
    names.add(node.op)
  }
  roots.forEach(visit)
  const list = [...names]
  return list.length === 0 ? 'copy' : list.length > 6 ? `${list.slice(0, 6).join(' ')} …` : list.join(' ')
}

/** Key of expressions in this process. */
export const expressionsKey = (roots: readonly Expression[]): string => roots.map(identityOf).join()

/** A WGSL function that computes one element of every output, and how to call it. */
export interface ElementFunction {
  /** The function with all that it calls. */
  readonly text: string
  /** Values of the inputs and indices of one element → the call. */
  call(inputs: readonly string[], indices: readonly string[]): string
  /** The part of a call's result that is output `position`. */
  result(call: string, position: number): string
}

/**
 * Writes the function of a map: it takes the elements of the inputs and the coordinates that it uses.
 *
 * @param inputs - dtypes of the inputs
 * @param outputs - one expression an output
 * @param axes - coordinates that the expressions use
 * @returns the function
 */
export const elementFunction = (
  inputs: readonly DType[],
  outputs: readonly Expression[],
  axes: readonly number[],
): ElementFunction => {
  const needed = new Set<WgslFunction>()
  const code = expressionCode(
    outputs,
    {
      input: (position) => `in${String(position)}`,
      cell: cellCode,
      index: (axis) => `index${String(axis)}`,
      count: () => '1',
      stage: () => 'contraction',
    },
    (callee) => needed.add(callee),
  )
  const parameters = [
    ...inputs.map((dtype, position) => `in${String(position)}: ${valueType(dtype)}`),
    ...axes.map((axis) => `index${String(axis)}: i32`),
  ].join(', ')
  const types = outputs.map(({ dtype }) => valueType(dtype))
  const [onlyType = 'f32'] = types
  const isSingle = types.length === 1
  const struct = isSingle
    ? []
    : ['struct Elements {', ...types.map((type, position) => `  out${String(position)}: ${type},`), '}', '']
  const results = code.results.join(', ')
  const text = [
    functionsText(needed),
    ...struct,
    `fn element(${parameters}) -> ${isSingle ? onlyType : 'Elements'} {`,
    ...code.lines.map((line) => `  ${line}`),
    `  return ${isSingle ? results : `Elements(${results})`};`,
    '}',
    '',
  ].join('\n')
  return {
    text,
    call: (values, indices) => `element(${[...values, ...indices].join(', ')})`,
    result: (call, position) => (isSingle ? call : `${call}.out${String(position)}`),
  }
}
