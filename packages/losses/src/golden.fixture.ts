import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type DType, tensor, type Tensor } from '@chainrule/tensor'
import * as losses from './index.js'

/** A tensor in a golden file. */
export interface GoldenTensor {
  readonly data: readonly (number | boolean | string)[]
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** A loss with its operands, and what PyTorch made of them. */
export interface GoldenLoss {
  readonly loss: string
  readonly name: string
  readonly inputs: readonly GoldenTensor[]
  readonly arguments: readonly unknown[]
  readonly outputs: readonly [GoldenTensor]
  readonly outputGradients: readonly [GoldenTensor]
  readonly gradients: readonly (GoldenTensor | null)[]
}

const file = fileURLToPath(new URL('golden/losses.json', import.meta.url))

/** The losses that PyTorch computed. */
export const goldenLosses = JSON.parse(readFileSync(file, 'utf8')) as readonly GoldenLoss[]

export const toTensor = ({ data, shape, dtype }: GoldenTensor): Tensor => tensor(data.map(Number), { shape, dtype })

/** Arguments with their placeholders replaced. */
export const foldArguments = (value: unknown, inputs: readonly Tensor[]): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if ('input' in value) return inputs[Number(value.input)]
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, foldArguments(entry, inputs)]))
}

/** A loss by its name. */
export const lossNamed = (name: string): ((...operands: unknown[]) => Tensor) => {
  const found = (losses as unknown as Record<string, (...operands: unknown[]) => Tensor>)[name]
  if (found === undefined) throw new Error(`no loss ${name}`)
  return found
}
