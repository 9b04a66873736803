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

/** Each position sees itself and what came before; the result has a row for each position. */
class Decoder extends Module {
  readonly token: chainrule.Embedding
  readonly position: chainrule.Parameter
  readonly block0: chainrule.TransformerEncoderLayer
  readonly block1: chainrule.TransformerEncoderLayer
  readonly norm: chainrule.LayerNorm
  readonly head: chainrule.Linear

  constructor(make: <Made>(name: string) => Made, position: Tensor) {
    super()
    this.token = make('token')
    this.position = new chainrule.Parameter(position)
    this.block0 = make('block0')
    this.block1 = make('block1')
    this.norm = make('norm')
    this.head = make('head')
  }

  forward(input: Tensor): Tensor {
    const length = input.shape[1] ?? 0
    const srcMask = chainrule.triu(chainrule.ones([length, length], { dtype: 'bool' }), 1)
    const embedded = this.token.forward(input).add(this.position)
    const blocks = [this.block0, this.block1]
    const mixed = blocks.reduce((x, block) => block.forward(x, { srcMask }), embedded)
    return this.head.forward(this.norm.forward(mixed)).flatten(0, 1)
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
  const build = (): Model => {
    switch (model) {
      case 'lstm':
        return new LastOutput(make('lstm'), make('linear'))
      case 'transformer':
        return new MeanOutput(make('encoder'), make('linear'))
      case 'decoder':
        return new Decoder(make, fromGolden(state['position'] as GoldenTensor, 'float32'))
      default:
        return new chainrule.Sequential(...Object.keys(modules).map((name) => make<chainrule.TensorModule>(name)))
    }
  }
  const built = build()
  built.to(floats)
  built.loadStateDict(
    Object.fromEntries(Object.entries(state).map(([name, value]) => [name, fromGolden(value, floats)])),
  )
  return built
}
