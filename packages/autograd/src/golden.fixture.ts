import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as ops from '@chainrule/tensor'
import { type DType, tensor, type Tensor, tensorsIn } from '@chainrule/tensor'

/** A tensor as PyTorch left it. */
export interface GoldenTensor {
  readonly data: readonly (number | boolean | string)[]
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** One use of one op, with the values and gradients that PyTorch gave. */
export interface GoldenCase {
  readonly op: string
  readonly name: string
  readonly inputs: readonly GoldenTensor[]
  readonly arguments: readonly unknown[]
  readonly outputs: readonly GoldenTensor[]
  readonly outputGradients: readonly (GoldenTensor | null)[]
  readonly gradients: readonly (GoldenTensor | null)[]
}

const folder = fileURLToPath(new URL('golden/', import.meta.url))

/** Every case, file by file. */
export const goldenCases = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as GoldenCase[])

/** The tensor of a case. */
export const toTensor = ({ data, shape, dtype }: GoldenTensor): Tensor =>
  tensor(dtype === 'bool' ? data.map(Boolean) : data.map(Number), { shape, dtype })

const fold = (value: unknown, inputs: readonly Tensor[]): unknown => {
  if (value === null) return undefined
  if (Array.isArray(value)) return value.map((entry) => fold(entry, inputs))
  if (typeof value !== 'object') return value
  if ('input' in value) return inputs[Number(value.input)]
  if ('number' in value) return Number(value.number)
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fold(entry, inputs)]))
}

/** Carries the op of a case out. */
export const runGolden = (golden: GoldenCase, operands: readonly Tensor[]): Tensor[] => {
  const run = (ops as unknown as Record<string, (...operands: unknown[]) => unknown>)[golden.op]
  if (run === undefined) throw new Error(`no op ${golden.op}`)
  return tensorsIn(run(...(fold(golden.arguments, operands) as unknown[])))
}
