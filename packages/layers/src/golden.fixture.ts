import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type DType, tensor, type Tensor } from '@chainrule/tensor'
import { expect } from 'vitest'

/** A tensor in a golden file. */
export interface GoldenTensor {
  readonly data: readonly (number | boolean | string)[]
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** The cases of a golden file. */
export const readGolden = (file: string): readonly unknown[] =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`golden/${file}`, import.meta.url)), 'utf8')) as readonly unknown[]

export const toTensor = ({ data, shape, dtype }: GoldenTensor): Tensor =>
  tensor(dtype === 'bool' ? data.map(Boolean) : data.map(Number), { shape, dtype })

/** Arguments with their placeholders replaced. */
export const fold = (value: unknown, inputs: readonly Tensor[]): unknown => {
  if (value === null) return undefined
  if (Array.isArray(value)) return value.map((entry) => fold(entry, inputs))
  if (typeof value !== 'object') return value
  if ('input' in value) return inputs[Number(value.input)]
  if ('number' in value) return Number(value.number)
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fold(entry, inputs)]))
}

/** Compares with PyTorch's numbers; the tolerance is relative to the largest of them. */
export const expectClose = (
  actual: Tensor,
  expected: GoldenTensor,
  tolerances: Readonly<Partial<Record<DType, number>>>,
  what: string,
): void => {
  expect(actual.shape, what).toEqual(expected.shape)
  expect(actual.dtype, what).toBe(expected.dtype)
  const values = actual.dataSync()
  const numbers = expected.data.map(Number)
  const scale = Math.max(1e-3, ...numbers.filter(Number.isFinite).map(Math.abs))
  const tolerance = (tolerances[expected.dtype] ?? 0) * scale
  numbers.forEach((number, place) => {
    const value = values[place] ?? Number.NaN
    const same = Object.is(value, number) || Math.abs(value - number) <= tolerance
    if (!same) expect.fail(`${what}[${place}]: got ${value}, PyTorch has ${number} (tolerance ${tolerance})`)
  })
}
