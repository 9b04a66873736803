import { ArgumentError, ones, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import * as losses from './index.js'

type Loss = (...given: unknown[]) => Tensor

const named = losses as unknown as Readonly<Record<string, Loss>>
const x = ones([2])
/** Losses of three tensors; the others are of two. */
const ofThree = ['cosineEmbeddingLoss', 'tripletMarginLoss']

describe.each(Object.keys(losses).filter((name) => typeof named[name] === 'function'))('%s', (name) => {
  const run = (options: unknown) => () => named[name]?.(...(ofThree.includes(name) ? [x, x, x] : [x, x]), options)
  const place = ofThree.includes(name) ? 'fourth' : 'third'

  it.each<readonly [string, unknown, string]>([
    ['a tensor', x, `${name}: got a tensor as ${place} argument, expected options such as { `],
    ['a reduction without its name', 'sum', `${name}: got 'sum' as ${place} argument, expected options such as { `],
    ['null', null, `${name}: got null as ${place} argument, expected an object with some of `],
    ['an option that there is not', { mean: true }, `${name}: got the option mean, expected an object with some of `],
  ])('refuses %s in the place of its options', (_, options, message) => {
    expect(run(options)).toThrow(ArgumentError)
    expect(run(options)).toThrow(message)
  })
})
