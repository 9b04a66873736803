import { readFileSync } from 'node:fs'
import type { Recipe } from './hashed.fixture.js'
import {
  conv2d,
  embedding,
  full,
  layerNorm,
  linear,
  maxPool2d,
  type Parameter,
  split,
  type Tensor,
  triu,
} from './index.js'

/** How far a run is from PyTorch's in float64: the largest relative difference of each kind of number. */
export type Distance = Readonly<Record<'losses' | 'totalNorms' | 'mean' | 'rms' | 'elements', number>>

/** A few numbers of what training changed in a parameter. */
export interface GoldenChange {
  readonly mean: number
  readonly rms: number
  readonly elements: readonly number[]
}

/** A run in a golden file, see scripts/golden/README.md. */
export interface GoldenNetwork {
  readonly kind: 'network'
  readonly network: string
  readonly options: Readonly<Record<string, number>>
  readonly sgd: { readonly lr: number; readonly momentum: number }
  readonly maxNorm: number
  readonly losses: readonly number[]
  readonly totalNorms: readonly number[]
  readonly float32Distance: Distance
}

/** How an array is made, what its numbers add up to, and how training changed it, if it is a parameter. */
export type GoldenArray = Recipe & {
  readonly kind: 'array'
  readonly name: string
  readonly sum: number
  readonly change: GoldenChange | null
}

/** The run and the arrays of one golden file. */
export function readNetwork(name: string): { readonly golden: GoldenNetwork; readonly arrays: readonly GoldenArray[] } {
  const file = new URL(`golden/networks-${name}.json`, import.meta.url)
  const [golden, ...arrays] = JSON.parse(readFileSync(file, 'utf8')) as [GoldenNetwork, ...GoldenArray[]]
  return { golden, arrays }
}

/** The result of a network for a batch, given its parameters by name. */
type Forward = (parameter: (name: string) => Parameter, x: Tensor, options: GoldenNetwork['options']) => Tensor

const mlp: Forward = (parameter, x) => {
  const first = linear(x, parameter('0.w'), parameter('0.b')).relu()
  const second = linear(first, parameter('1.w'), parameter('1.b')).relu()
  return linear(second, parameter('2.w'), parameter('2.b'))
}

const cnn: Forward = (parameter, x) => {
  const first = conv2d(x, parameter('0.w'), { bias: parameter('0.b'), padding: 2 }).relu()
  const second = conv2d(maxPool2d(first, 2), parameter('1.w'), { bias: parameter('1.b'), padding: 2 }).relu()
  const third = linear(maxPool2d(second, 2).flatten(1), parameter('2.w'), parameter('2.b')).relu()
  return linear(third, parameter('3.w'), parameter('3.b'))
}

const transformer: Forward = (parameter, x, { width = 0, heads = 0, layers = 0 }) => {
  const [batch = 0, context = 0] = x.shape
  const apply = (name: string, value: Tensor): Tensor => linear(value, parameter(`${name}.w`), parameter(`${name}.b`))
  const normalize = (name: string, value: Tensor): Tensor =>
    layerNorm(value, [width], { weight: parameter(`${name}.w`), bias: parameter(`${name}.b`) })
  const mask = triu(full([context, context], -Infinity), 1)
  let h = embedding(x, parameter('token')).add(parameter('position'))
  for (let layer = 0; layer < layers; layer++) {
    const [query, key, value] = split(apply(`${layer}.qkv`, normalize(`${layer}.ln1`, h)), width, -1).map((part) =>
      part.reshape([batch, context, heads, width / heads]).transpose(1, 2),
    ) as [Tensor, Tensor, Tensor]
    const scores = query
      .matmul(key.transpose(-1, -2))
      .mul((width / heads) ** -0.5)
      .add(mask)
    const mixed = scores.softmax(-1).matmul(value).transpose(1, 2).reshape([batch, context, width])
    h = h.add(apply(`${layer}.out`, mixed))
    h = h.add(apply(`${layer}.down`, apply(`${layer}.up`, normalize(`${layer}.ln2`, h)).gelu()))
  }
  return apply('head', normalize('ln', h)).flatten(0, 1)
}

const forwards: Readonly<Record<string, Forward>> = { mlp, cnn, transformer }

/** The network of a golden file, with given parameters. */
export function buildNetwork(
  { network, options }: GoldenNetwork,
  parameters: ReadonlyMap<string, Parameter>,
): (x: Tensor) => Tensor {
  const forward = forwards[network]
  if (forward === undefined) throw new RangeError(`no network is called ${network}`)
  const parameter = (name: string): Parameter => {
    const found = parameters.get(name)
    if (found === undefined) throw new RangeError(`the golden network ${network} has no parameter ${name}`)
    return found
  }
  return (x) => forward(parameter, x, options)
}

/** The largest difference, relative to a number of their size. */
const relative = (got: readonly number[], expected: readonly number[], scale: number): number =>
  Math.max(...expected.map((value, place) => Math.abs((got[place] ?? Number.NaN) - value))) / scale

/** The numbers that a golden file has of a change. */
export function measureChange(after: ArrayLike<number>, start: ArrayLike<number>, count: number): GoldenChange {
  const change = Float64Array.from(after, (value, place) => value - (start[place] ?? Number.NaN))
  const mean = change.reduce((sum, value) => sum + value, 0) / change.length
  const rms = Math.sqrt(change.reduce((sum, value) => sum + value ** 2, 0) / change.length)
  const places = Array.from({ length: count }, (_, part) => Math.floor(((change.length - 1) * part) / (count - 1)))
  return { mean, rms, elements: places.map((place) => change[place] ?? Number.NaN) }
}

/** How far the changes of parameters are from those that are expected: the largest over all. */
export function distanceOfChanges(
  pairs: readonly (readonly [GoldenChange, GoldenChange])[],
): Pick<Distance, 'mean' | 'rms' | 'elements'> {
  const largest = (of: (got: GoldenChange, expected: GoldenChange) => number): number =>
    Math.max(...pairs.map(([got, expected]) => of(got, expected)))
  return {
    mean: largest((got, expected) => relative([got.mean], [expected.mean], expected.rms)),
    rms: largest((got, expected) => relative([got.rms], [expected.rms], expected.rms)),
    elements: largest(({ elements }, expected) =>
      relative(elements, expected.elements, Math.max(...expected.elements.map(Math.abs))),
    ),
  }
}

/** How far the numbers of the steps are from those that are expected. */
export const distanceOfSteps = (got: readonly number[], expected: readonly number[]): number =>
  relative(got, expected, Math.max(...expected))
