import { applyOne } from '../apply.js'
import type { Cell } from '../cell.js'
import { type DType, isFloating, promoteTypes } from '../dtype.js'
import { cast, cellSlot, type Expression, input } from '../expression/builders.js'
import type { MapStructure } from '../kernel.js'
import { broadcastShapes } from '../shape.js'
import type { Tensor } from '../tensor.js'

/** Operands of a formula: the tensors' elements, then the cells; formulas name as many as they use. */
export type FormulaOperands = readonly [
  a: Expression,
  b: Expression,
  c: Expression,
  d: Expression,
  e: Expression,
  f: Expression,
]

/** What an elementwise op of one's own is: one line, from which kernels, dtypes and derivatives follow. */
export interface ElementwiseDefinition {
  /** Name in graphs and messages. */
  readonly name: string
  /** The result from the operands, then the cells, written with `scalarOps`. */
  readonly meaning: (...operands: FormulaOperands) => Expression
  /** Derivatives by operand where a stabler or cheaper form than the chain rule's exists. */
  readonly partials?: (...operands: FormulaOperands) => readonly (Expression | undefined)[]
}

interface Template {
  readonly structure: MapStructure
  readonly partials: readonly (Expression | undefined)[] | undefined
}

const noCells: readonly (number | Cell)[] = []

/**
 * Makes an elementwise op of an expression: one kernel on every device, broadcasting, differentiable to any order.
 *
 * @param definition - `name`, `meaning`, perhaps `partials`
 * @returns a function of tensors (promoted to a common floating dtype) and of numbers or cells
 *
 * @example
 * ```ts
 * import { defineElementwise, scalarOps, tensor } from '@chainrule/tensor'
 * const { add, mul, sub } = scalarOps
 * const blend = defineElementwise({
 *   name: 'blend',
 *   meaning: (x, y, share) => add(x, mul(share, sub(y, x))),
 * })
 * console.log(blend([tensor([0]), tensor([4])], [0.25]).toString()) // tensor([1], float32)
 * ```
 */
export const defineElementwise = ({
  name,
  meaning,
  partials,
}: ElementwiseDefinition): ((operands: readonly Tensor[], cells?: readonly (number | Cell)[]) => Tensor) => {
  const templates = new Map<string, Template>()
  const make = (dtypes: readonly DType[], cells: number): Template => {
    const common = dtypes.reduce(promoteTypes, 'bool')
    const dtype = isFloating(common) ? common : 'float32'
    const sources = [
      ...dtypes.map((own, place) => cast(input(place, own), dtype)),
      ...Array.from({ length: cells }, (_, slot) => cellSlot(slot, dtype)),
    ] as unknown as FormulaOperands
    return {
      structure: { inputs: dtypes, outputs: [meaning(...sources)] },
      partials: partials?.(...sources).slice(0, dtypes.length),
    }
  }
  return (operands, cells = noCells) => {
    const dtypes = operands.map(({ dtype }) => dtype)
    const key = `${dtypes.join()} ${cells.length}`
    const template = templates.get(key) ?? make(dtypes, cells.length)
    templates.set(key, template)
    const shape = broadcastShapes(
      name,
      operands.map((operand) => operand.shape),
    )
    return applyOne('map', operands, { name, shape, cells, ...template })
  }
}
