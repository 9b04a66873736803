import {
  apply,
  type Cell,
  cellSlot,
  type DType,
  type Expression,
  input,
  inputsOf,
  type MapStructure,
  substitute,
  type Tensor,
} from '@chainrule/tensor'
import type { CommonSettings, Flags, UpdateRule } from './update-rule.js'

/** Some results of an update, as one map. */
interface Piece {
  readonly structure: MapStructure
  /** Which operands of the update it reads. */
  readonly inputs: readonly number[]
  /** Which results of the update it gives. */
  readonly outputs: readonly number[]
}

/** An update rule for one combination of flags and one dtype, as maps over the parameter, its gradient and its state. */
export interface UpdateKernel {
  /** Names of the state tensors, in the order of operands and results. */
  readonly state: readonly string[]
  /** Names of the numbers, in the order of cell slots. */
  readonly numbers: readonly string[]
  /** Usually one; several where a device does not take as many operands. */
  readonly pieces: readonly Piece[]
}

const pieceOf = (expressions: readonly Expression[], outputs: readonly number[], dtype: DType): Piece => {
  const chosen = expressions.filter((_, place) => outputs.includes(place))
  const inputs = [...new Set(chosen.flatMap(inputsOf))].sort((a, b) => a - b)
  const renumber = (node: Expression): Expression | undefined =>
    node.kind === 'input' ? input(inputs.indexOf(node.input), dtype) : undefined
  return {
    structure: { inputs: inputs.map(() => dtype), outputs: chosen.map((root) => substitute(root, renumber)) },
    inputs,
    outputs,
  }
}

/** As few maps as the limit allows; each result is an expression of the operands alone, so any grouping gives the same bits. */
const divide = (expressions: readonly Expression[], dtype: DType, maxOperands: number): readonly Piece[] => {
  const groups: number[][] = []
  expressions.forEach((_, place) => {
    const last = groups.at(-1)
    const together = [...(last ?? []), place]
    const operands = together.length + pieceOf(expressions, together, dtype).inputs.length
    if (last === undefined || operands > maxOperands) groups.push([place])
    else last.push(place)
  })
  return groups.map((outputs) => pieceOf(expressions, outputs, dtype))
}

const build = <Settings extends CommonSettings>(
  rule: UpdateRule<Settings>,
  flags: Flags,
  dtype: DType,
  maxOperands: number,
): UpdateKernel => {
  const state = rule.state(flags)
  const numbers: string[] = []
  const place = (list: readonly string[], name: string): number => {
    const found = list.indexOf(name)
    if (found < 0) throw new RangeError(`${rule.name}: its formula names '${name}', which it does not declare`)
    return found
  }
  const update = rule.formula(
    {
      parameter: input(0, dtype),
      gradient: input(1, dtype),
      state: (name) => input(2 + place(state, name), dtype),
      number: (name) => {
        if (!numbers.includes(name)) numbers.push(name)
        return cellSlot(place(numbers, name), dtype)
      },
    },
    flags,
  )
  const results = [update.parameter, ...state.map((name) => update.state[name])]
  const expressions = results.filter((expression) => expression !== undefined)
  if (expressions.length !== 1 + state.length) throw new RangeError(`${rule.name}: its formula leaves state out`)
  return { state, numbers, pieces: divide(expressions, dtype, maxOperands) }
}

const kernels = new WeakMap<object, Map<string, UpdateKernel>>()

/** The maps of an update rule; the same objects each time, since devices keep code by them. */
export const updateKernel = <Settings extends CommonSettings>(
  rule: UpdateRule<Settings>,
  flags: Flags,
  dtype: DType,
  maxOperands: number,
): UpdateKernel => {
  const known = kernels.get(rule) ?? new Map<string, UpdateKernel>()
  kernels.set(rule, known)
  const key = `${dtype} ${maxOperands} ${JSON.stringify(flags)}`
  const kernel = known.get(key) ?? build(rule, flags, dtype, maxOperands)
  known.set(key, kernel)
  return kernel
}

/**
 * Computes the results of an update.
 *
 * @param kernel - the maps
 * @param name - name of the optimizer, for messages and graphs
 * @param operands - parameter, gradient, state
 * @param cells - the numbers, in the order of `kernel.numbers`
 * @returns the new parameter and state, in the order of the operands without the gradient
 */
export const runUpdate = (
  kernel: UpdateKernel,
  name: string,
  operands: readonly Tensor[],
  cells: readonly Cell[],
): readonly Tensor[] => {
  const results: Tensor[] = []
  const shape = operands[0]?.shape ?? []
  for (const { structure, inputs, outputs } of kernel.pieces) {
    const tensors = operands.filter((_, place) => inputs.includes(place))
    apply('map', tensors, { name, shape, structure, cells }).forEach((tensor, position) => {
      results[outputs[position] ?? 0] = tensor
    })
  }
  return results
}
