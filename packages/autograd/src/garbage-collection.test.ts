import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { exp, memory, mul, type Tensor } from '@chainrule/tensor'
import { expect, it } from 'vitest'
import { checkpoint, grad, jacobian, jvp, Parameter, recordGraph, vjp } from './index.js'
import { double } from './numbers.fixture.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Registered clean-ups run in tasks of their own, after the collection. */
const settle = async (): Promise<void> => {
  for (let round = 0; round < 4; round++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const weight = new Parameter(double([1, 2, 3]))

const uses: readonly (readonly [string, () => unknown])[] = [
  ['a graph that is dropped without backward', () => exp(weight).square().sum()],
  [
    'a graph that is walked',
    () => {
      exp(weight).square().sum().backward()
    },
  ],
  [
    'a graph that is walked and kept',
    () => {
      exp(weight).sum().backward({ retainGraph: true })
    },
  ],
  [
    'a gradient with a graph of its own',
    () => {
      exp(weight).sum().backward({ createGraph: true })
    },
  ],
  ['grad', () => grad((x) => mul(exp(x), weight).sum())(weight)],
  ['vjp', () => vjp((x: Tensor) => mul(exp(x), weight), weight).pullback(weight)],
  ['a pullback that is never called', () => vjp((x: Tensor) => mul(exp(x), weight), weight)],
  ['jvp', () => jvp((x: Tensor) => mul(exp(x), weight), weight, weight)],
  ['jacobian', () => jacobian((x) => mul(exp(x), weight))(weight)],
  [
    'checkpoint',
    () => {
      checkpoint((x: Tensor) => mul(exp(x), weight))(weight)
        .sum()
        .backward()
    },
  ],
  ['a checkpoint that is dropped', () => checkpoint((x: Tensor) => mul(exp(x), weight))(weight)],
  ['recordGraph', () => recordGraph(() => exp(weight).sum())],
  [
    'a hook',
    () => {
      const inner = exp(weight)
      inner.registerHook((gradient) => gradient.mul(2))
      inner.sum().backward()
    },
  ],
  [
    'a leaf',
    () => {
      const x = double([1, 2])
      x.requiresGrad = true
      exp(x).sum().backward()
    },
  ],
  [
    'a parameter',
    () => {
      const x = new Parameter(double([1, 2]))
      exp(x).sum().backward()
      x.assign(exp(x))
    },
  ],
]

it.each(uses)('outside every scope, garbage collection gives %s back', async (_, use) => {
  await settle()
  const before = memory()
  // In a function of its own, so that no frame keeps a handle.
  const repeat = (): void => {
    for (let count = 0; count < 20; count++) use()
    weight.grad = undefined
  }
  repeat()
  expect(memory().tensors).toBeGreaterThan(before.tensors)
  await settle()
  expect(memory().tensors).toBe(before.tensors)
  expect(memory().bytes).toBe(before.bytes)
})
