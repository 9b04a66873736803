import { Parameter } from '@chainrule/autograd'
import { ArgumentError } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import * as optimizers from './index.js'

type Constructor = new (...given: unknown[]) => optimizers.Optimizer

const names = ['Adagrad', 'Adam', 'AdamW', 'RMSprop', 'SGD', 'ZerothOrder']
/** Bases of others. */
const abstract = ['GradientOptimizer', 'Optimizer']

const make = (name: string, ...more: unknown[]): optimizers.Optimizer => {
  const constructor = (optimizers as unknown as Readonly<Record<string, Constructor>>)[name] ?? expect.fail(name)
  return new constructor([new Parameter([1, 2])], ...more)
}

it('every exported optimizer is tried', () => {
  const isOptimizer = (value: unknown): boolean =>
    typeof value === 'function' && (value === optimizers.Optimizer || value.prototype instanceof optimizers.Optimizer)
  const exported = Object.entries(optimizers).flatMap(([name, value]) => (isOptimizer(value) ? [name] : []))
  expect([...names, ...abstract].sort()).toEqual(exported.sort())
})

describe.each(names)('%s', (name) => {
  it('takes options, or none', () => {
    expect([make(name).lr, make(name, undefined).lr, make(name, { lr: 0.25 }).lr]).toEqual([
      make(name, {}).lr,
      make(name, {}).lr,
      0.25,
    ])
  })

  it.each<readonly [string, readonly unknown[], string]>([
    [
      'a rate without a name',
      [0.1],
      ': got 0.1 as second argument, expected options such as { lr: 0.1 }. Write them by name.',
    ],
    [
      'numbers without names',
      [0.1, 0.9],
      ': got 0.1 and 0.9 as second and third arguments, expected options such as { lr: 0.1 }.',
    ],
    ['null', [null], ': got null as second argument, expected an object with some of '],
    ['a list', [[{ lr: 0.1 }]], ': got an array as second argument, expected options such as { lr: … }.'],
    [
      'an option that there is not',
      [{ learningRate: 0.1 }],
      ': got the option learningRate, expected an object with some of lr',
    ],
    ['PyTorch’s spelling', [{ LR: 0.1 }], 'Write lr.'],
    [
      'an argument behind the options',
      [{ lr: 0.1 }, 0.9],
      ': got 0.9 as third argument, expected nothing behind the options.',
    ],
  ])('refuses %s', (_, given, message) => {
    expect(() => make(name, ...given)).toThrow(ArgumentError)
    expect(() => make(name, ...given)).toThrow(message.startsWith(':') ? `${name}${message}` : message)
  })
})
