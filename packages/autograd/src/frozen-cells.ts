import { activeCapture, Cell, type OpAttributes, type OpName } from '@chainrule/tensor'

const isCell = (value: unknown): value is Cell => value instanceof Cell

const frozen = (value: unknown): unknown => (isCell(value) ? value.value : value)

/**
 * The attributes of an op with its cells as they are now: the backward pass may come after they change. Under a capture, whose
 * program reads its cells anew at every replay, cells stand for what is read at this point of it.
 */
export const frozenCells = <Name extends OpName>(attributes: OpAttributes[Name]): OpAttributes[Name] => {
  const capture = activeCapture()
  if ('cells' in attributes && attributes.cells.some(isCell)) {
    if (capture !== undefined) {
      const stand = (value: number | Cell): number | Cell =>
        (isCell(value) ? capture.freezeCell?.(value) : value) ?? value
      return { ...attributes, cells: attributes.cells.map(stand) }
    }
    return { ...attributes, cells: attributes.cells.map(frozen) }
  }
  if (capture !== undefined) return attributes
  if ('options' in attributes && typeof attributes.options === 'object' && attributes.options !== null) {
    const { options } = attributes
    if (Object.values(options).some(isCell)) {
      const fixed = Object.fromEntries(Object.entries(options).map(([key, value]) => [key, frozen(value)]))
      return { ...attributes, options: fixed }
    }
  }
  return attributes
}
