import { type Access, type DType, type Expression, cellSlot, input, substitute } from '@chainrule/tensor'
import type { Block } from './block.js'

/** An operand of a fused kernel. */
export interface FusedOperand {
  readonly block: Block
  readonly dtype: DType
  readonly access: Access
}

/** Collects the operands and cells of a fused kernel, each once. */
export class OperandList {
  readonly operands: FusedOperand[] = []
  readonly cells: number[] = []

  /** The place of an operand, added if it is new. */
  add(operand: FusedOperand): number {
    const known = this.operands.findIndex(
      ({ block, dtype, access }) =>
        block === operand.block &&
        dtype === operand.dtype &&
        access.offset === operand.access.offset &&
        access.strides.length === operand.access.strides.length &&
        access.strides.every((stride, axis) => stride === operand.access.strides[axis]),
    )
    if (known >= 0) return known
    this.operands.push(operand)
    return this.operands.length - 1
  }

  /** The place of a cell slot, added if it is new. */
  addCell(slot: number): number {
    const known = this.cells.indexOf(slot)
    if (known >= 0) return known
    this.cells.push(slot)
    return this.cells.length - 1
  }

  /**
   * An expression over this list's operands and cells.
   *
   * @param root - the expression over its own operands and cells
   * @param operandOf - what each of its inputs reads: an operand, or an expression that takes its place
   * @param cells - program slot of each of its cells
   */
  adopt(
    root: Expression,
    operandOf: (place: number) => FusedOperand | Expression,
    cells: readonly number[],
    other: (node: Expression) => Expression | undefined = () => undefined,
  ): Expression {
    return substitute(root, (node) => {
      if (node.kind === 'input') {
        const found = operandOf(node.input)
        return 'kind' in found ? found : input(this.add(found), node.dtype)
      }
      if (node.kind === 'cell') return cellSlot(this.addCell(cells[node.cell] ?? 0), node.dtype)
      return other(node)
    })
  }
}
