import { readFileSync } from 'node:fs'
import { type DType, Module, type Tensor, tensor } from './index.js'
import * as chainrule from './index.js'

/** A tensor in a golden file, see scripts/golden/README.md. */
export interface GoldenTensor {
  readonly data: readonly (number | string)[]
  readonly shape: readonly number[]
  readonly dtype: DType
}

export interface GoldenModel {
  readonly kind: 'model'
  readonly model: string
  readonly modules: Readonly<Record<string, { readonly layer: string; readonly arguments: readonly unknown[] }>>
  readonly loss: 'crossEntropy' | 'mseLoss'
  readonly state: Readonly<Record<string, GoldenTensor>>
  readonly batches: readonly { readonly input: GoldenTensor; readonly target: GoldenTensor }[]
}

export interface GoldenTrace {
  readonly kind: 'trace'
  readonly name: string
  readonly dtype: 'float32' | 'float64'
  readonly optimizer: string
  readonly options: Readonly<Record<string, unknown>>
  readonly clipping: { readonly function: string; readonly arguments: readonly unknown[] } | null
  readonly learningRates: readonly number[] | null
  readonly losses: readonly number[]
  readonly totalNorms: readonly number[] | null
  readonly state: Readonly<Record<string, GoldenTensor>>
}

/** The model and the traces of one golden file. */
export function readTraces(model: string): { readonly model: GoldenModel; readonly traces: readonly GoldenTrace[] } {
  const file = new URL(`golden/traces-${model}.json`, import.meta.url)
  const [first, ...traces] = JSON.parse(readFileSync(file, 'utf8')) as [GoldenModel, ...GoldenTrace[]]
  return { model: first, traces }
}

/** A golden tensor, its floats in the dtype of a run. */
export function fromGolden({ data, shape, dtype }: GoldenTensor, floats: DType): Tensor {
  return tensor(data.map(Number), { shape: [...shape], dtype: dtype === 'float64' ? floats : dtype })
}

/** A class or function of the umbrella by its name. */
const named = (name: string): unknown => (chainrule as Readonly<Record<string, unknown>>)[name]

/** `{number: 'Infinity'}` is what JSON cannot write. */
const revive = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(revive)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  if ('number' in value) return Number(value.number)
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, revive(entry)]))
}

/** Calls a class of the umbrella with arguments of a golden file. */
export function construct<Made>(name: string, ...given: readonly unknown[]): Made {
  return new (named(name) as new (...given: readonly unknown[]) => Made)(...given.map(revive))
}

/** Calls a function of the umbrella with arguments of a golden file after the first. */
export function call(name: string, first: unknown, given: readonly unknown[]): unknown {
  return (named(name) as (...given: readonly unknown[]) => unknown)(first, ...given.map(revive))
}

class LastOutput extends Module {
  readonly lstm: chainrule.LSTM
  readonly linear: chainrule.Linear

  constructor(lstm: chainrule.LSTM, linear: chainrule.Linear) {
    super()
    this.lstm = lstm
    this.linear = linear
  }

  forward(input: Tensor): Tensor {
    return this.linear.forward(this.lstm.forward(input).output.select(1, -1))
  }
}

class MeanOutput extends Module {
  readonly encoder: chainrule.TransformerEncoderLayer
  readonly linear: chainrule.Linear

  constructor(encoder: chainrule.TransformerEncoderLayer, linear: chainrule.Linear) {
    super()
    this.encoder = encoder
    this.linear = linear
  }

  forward(input: Tensor): Tensor {
    return this.linear.forward(this.encoder.forward(input).mean(1))
  }
}

/** A module of one input and one output. */
export type Model = Module & { forward(input: Tensor): Tensor }

/** The model of a golden file, with its initial state. */
export function buildModel({ model, modules, state }: GoldenModel, floats: DType): Model {
  const make = <Made>(name: string): Made => {
    const found = modules[name]
    if (found === undefined) throw new RangeError(`the golden model ${model} has no module ${name}`)
    return construct<Made>(found.layer, ...found.arguments)
  }
  const built =
    model === 'lstm'
      ? new LastOutput(make('lstm'), make('linear'))
      : model === 'transformer'
        ? new MeanOutput(make('encoder'), make('linear'))
        : new chainrule.Sequential(...Object.keys(modules).map((name) => make<chainrule.TensorModule>(name)))
  built.to(floats)
  built.loadStateDict(
    Object.fromEntries(Object.entries(state).map(([name, value]) => [name, fromGolden(value, floats)])),
  )
  return built
}
