import {
  ArgumentError,
  type DType,
  itemSize,
  type Recorder,
  showShape,
  sizeOf,
  tensorsIn,
  type Variable,
  withoutGradients,
  withRecorder,
  zeros,
} from '@chainrule/tensor'
import { inEvaluation } from './in-evaluation.js'
import type { Module } from './module.js'
import { watchForward } from './watch-forward.js'

/** Options of `summary`. */
export interface SummaryOptions {
  /** Dtype of the inputs. Default int32 where the first layer is an Embedding, else that of the parameters. */
  readonly dtype?: DType
}

/** While it watches, ops only work out shapes, and no variable or cell changes. */
const shapesOnly: Recorder = {
  kind: 'capture',
  op: () => undefined,
  assign: () => true,
  setCell: () => true,
}

const grouped = (count: number): string => count.toLocaleString('en-US')

const elements = (variables: readonly Variable[]): number => variables.reduce((sum, { size }) => sum + size, 0)

const inputType = (module: Module): DType => {
  const leaf = module.modules().find((each) => each.children().length === 0)
  if (leaf?.constructor.name === 'Embedding') return 'int32'
  return module.parameters()[0]?.dtype ?? 'float32'
}

const shapesOf = (shape: readonly number[] | readonly (readonly number[])[]): readonly (readonly number[])[] => {
  const lists = shape.filter((part) => typeof part !== 'number')
  if (lists.length > 0 && lists.length === shape.length) return lists
  if (lists.length === 0) return [shape as readonly number[]]
  throw new ArgumentError(
    `summary: got ${JSON.stringify(shape)}, expected a shape such as [32, 784], or a list of shapes, one for each input.`,
  )
}

/** The shape that each module gives, by running the module on tensors without values. */
const outputShapes = (module: Module, shapes: readonly (readonly number[])[], dtype: DType): Map<Module, string> => {
  const given = new Map<Module, string>()
  const note = (each: Module, result: unknown): void => {
    const [first] = tensorsIn(result)
    given.set(each, first === undefined ? '' : showShape(first.shape))
  }
  const device = module.parameters()[0]?.device
  const options = device === undefined ? { dtype } : { dtype, device }
  const forward = (): void => {
    withRecorder(shapesOnly, () => {
      ;(module.forward as (...inputs: unknown[]) => unknown)(...shapes.map((shape) => zeros(shape, options)))
    })
  }
  inEvaluation(module, () => withoutGradients(() => watchForward(module, note, forward)))
  return given
}

/** A table of a module's layers: name and kind, output shape, parameters. */
export const summarize = (
  module: Module,
  inputShape: readonly number[] | readonly (readonly number[])[],
  { dtype = inputType(module) }: SummaryOptions,
): string => {
  const given = outputShapes(module, shapesOf(inputShape), dtype)
  const rows = module.namedModules().map(([name, each]) => {
    const kind = each.constructor.name
    const depth = name === '' ? 0 : name.split('.').length
    return [
      `${'  '.repeat(depth)}${name === '' ? '' : `${name.split('.').at(-1)}: `}${kind}`,
      given.get(each) ?? '',
      grouped(elements(each.parameters())),
    ] as const
  })
  const table = [['Layer', 'Output', 'Parameters'] as const, ...rows]
  const width = (column: 0 | 1 | 2): number => Math.max(...table.map((row) => row[column].length))
  const lines = table.map(([layer, output, count]) =>
    [layer.padEnd(width(0)), output.padEnd(width(1)), count.padStart(width(2))].join('  '),
  )
  const parameters = module.parameters()
  const total = elements(parameters)
  const bytes = parameters.reduce((sum, { shape, dtype: own }) => sum + sizeOf(shape) * itemSize(own), 0)
  const trained = elements(parameters.filter(({ requiresGrad }) => requiresGrad))
  return [...lines, `${grouped(total)} parameters (${grouped(bytes)} bytes), ${grouped(trained)} of them trained`].join(
    '\n',
  )
}
