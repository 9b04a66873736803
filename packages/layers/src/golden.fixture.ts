import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type DType, Tensor, tensor } from '@chainrule/tensor'
import { expect } from 'vitest'
import * as layers from './index.js'
import type { Module } from './index.js'

/** A tensor in a golden file. */
export interface GoldenTensor {
  readonly data: readonly (number | boolean | string)[]
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** A layer with its weights, inputs, and what PyTorch made of them. */
export interface GoldenLayer {
  readonly layer: string
  readonly name: string
  readonly dtype: DType
  readonly constructorArguments: readonly unknown[]
  readonly training: boolean
  readonly state: Readonly<Record<string, GoldenTensor>>
  readonly inputs: readonly GoldenTensor[]
  readonly arguments: readonly unknown[]
  readonly returns: unknown
  readonly outputs: readonly GoldenTensor[]
  readonly outputGradients: readonly (GoldenTensor | null)[]
  readonly gradients: readonly (GoldenTensor | null)[]
  readonly parameterGradients: Readonly<Record<string, GoldenTensor>>
  readonly stateAfter: Readonly<Record<string, GoldenTensor>> | null
}

/** The cases of a golden file. */
export const readGolden = (file: string): readonly unknown[] =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`golden/${file}`, import.meta.url)), 'utf8')) as readonly unknown[]

/** The layers that PyTorch computed. */
export const goldenLayers = readGolden('layers.json') as readonly GoldenLayer[]

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

type Layers = Record<string, new (...args: unknown[]) => Module>

/** A layer by its name. */
export const makeLayer = (layer: string, given: readonly unknown[]): Module => {
  const Layer = (layers as unknown as Layers)[layer]
  if (Layer === undefined) throw new Error(`no layer ${layer}`)
  if (layer !== 'Sequential') return new Layer(...(fold(given, []) as unknown[]))
  const parts = given as readonly { readonly layer: string; readonly arguments: readonly unknown[] }[]
  return new Layer(...parts.map((part) => makeLayer(part.layer, part.arguments)))
}

/** The outputs in the order of the golden file, from the form of the result. */
export const outputsOf = (result: unknown, returns: unknown): readonly Tensor[] => {
  const found: Tensor[] = []
  const walk = (value: unknown, form: unknown): void => {
    if (typeof form !== 'object' || form === null) return
    if ('output' in form && typeof form.output === 'number') {
      expect(value).toBeInstanceOf(Tensor)
      found[form.output] = value as Tensor
    } else {
      for (const [key, part] of Object.entries(form)) walk((value as Record<string, unknown>)[key], part)
    }
  }
  walk(result, returns)
  return found
}

/** A state dict of tensors. */
export const stateOf = (state: Readonly<Record<string, GoldenTensor>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [name, toTensor(value)]))
