import { applyOne } from '../apply.js'
import { Cell } from '../cell.js'
import { type DType, isFloating, promoteTypes, promoteWithNumber } from '../dtype.js'
import { ArgumentError, DTypeError } from '../errors.js'
import { cast, cellSlot, type Expression, input } from '../expression/builders.js'
import type { MapStructure } from '../kernel.js'
import { broadcastShapes } from '../shape.js'
import { Tensor } from '../tensor.js'
import { type ElementwiseName, elementwiseTable } from './elementwise-table.js'

/** What elementwise ops take: tensors, and numbers, booleans or cells, which are weak in promotion. */
export type Operand = Tensor | number | boolean | Cell

/** One op for one combination of dtypes. */
interface Template {
  readonly structure: MapStructure
  readonly partials: readonly (Expression | undefined)[] | undefined
}

const templates = new Map<string, Template>()

/** How an operand enters the key of a template: its dtype, or for numbers whether whole. */
const kindOf = (operand: Operand): string => {
  if (operand instanceof Tensor) return operand.dtype
  if (typeof operand === 'boolean') return '?'
  return typeof operand === 'number' && Number.isInteger(operand) ? '#' : '.'
}

/** Dtype in which the promoted operands compute. */
const promoted = (operands: readonly Operand[]): DType => {
  let dtype: DType | undefined
  for (const operand of operands) {
    if (operand instanceof Tensor) dtype = dtype === undefined ? operand.dtype : promoteTypes(dtype, operand.dtype)
  }
  const numbers = operands.filter((operand) => !(operand instanceof Tensor) && typeof operand !== 'boolean')
  if (dtype === undefined) return numbers.length === 0 ? 'bool' : 'float32'
  // A cell may hold a fraction at the next step, so it counts as one.
  for (const value of numbers) dtype = promoteWithNumber(dtype, typeof value === 'number' ? value : 0.5)
  return dtype
}

const computeType = (name: ElementwiseName, operands: readonly Operand[]): DType => {
  const { rule } = elementwiseTable[name]
  if (rule === 'logical') return 'bool'
  const dtype = promoted(rule === 'select' ? operands.slice(1) : operands)
  if (rule === 'float' && !isFloating(dtype)) return 'float32'
  if (rule === 'numeric' && dtype === 'bool') {
    throw new DTypeError(`${name}: got bool, expected numbers. Convert with .to('int32') or .to('float32').`)
  }
  return dtype
}

const makeTemplate = (name: ElementwiseName, operands: readonly Operand[]): Template => {
  const op = elementwiseTable[name]
  const dtype = computeType(name, operands)
  const inputs: DType[] = []
  let cells = 0
  const sources = operands.map((operand, place) => {
    const wanted = op.rule === 'select' && place === 0 ? 'bool' : dtype
    if (!(operand instanceof Tensor)) return cellSlot(cells++, wanted)
    inputs.push(operand.dtype)
    // Comparing with bool and choosing by it read the operand as truth; a logical operand converts in its primitive.
    return cast(input(inputs.length - 1, operand.dtype), wanted)
  })
  const partials = op.partials?.(...sources)
  return {
    structure: { inputs, outputs: [op.meaning(...sources)] },
    // Partials are by operand; recorders count tensors only.
    partials: partials?.filter((_, place) => operands[place] instanceof Tensor),
  }
}

const noCells: readonly (number | Cell)[] = []

/** Carries an elementwise op out: promotes, broadcasts, and runs its expression as one map. */
export const elementwise = (name: ElementwiseName, operands: readonly Operand[]): Tensor => {
  let key: string = name
  const tensors: Tensor[] = []
  let cells: (number | Cell)[] | undefined
  for (const operand of operands) {
    key += `|${kindOf(operand)}`
    if (operand instanceof Tensor) tensors.push(operand)
    else if (typeof operand === 'boolean') (cells ??= []).push(operand ? 1 : 0)
    else if (typeof operand === 'number' || operand instanceof Cell) (cells ??= []).push(operand)
    else throw badOperand(name, operand)
  }
  let template = templates.get(key)
  if (template === undefined) templates.set(key, (template = makeTemplate(name, operands)))
  const [first] = tensors
  const shape =
    tensors.length === 1 && first !== undefined
      ? first.shape
      : broadcastShapes(
          name,
          tensors.map((tensor) => tensor.shape),
        )
  return applyOne('map', tensors, {
    name,
    shape,
    structure: template.structure,
    cells: cells ?? noCells,
    partials: template.partials,
  })
}

const badOperand = (name: string, operand: unknown): ArgumentError => {
  const got = operand === null ? 'null' : Array.isArray(operand) ? 'an array' : typeof operand
  return new ArgumentError(
    `${name}: got ${got} as an operand, expected a tensor, a number, a boolean or a cell. Wrap data with tensor(…).`,
  )
}
