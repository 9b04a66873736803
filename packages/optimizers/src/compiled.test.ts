import { Parameter } from '@chainrule/autograd'
import { compile } from '@chainrule/compiler'
import { scope, setDevice, tensor, type Tensor } from '@chainrule/tensor'
import { expectSame } from '@chainrule/tensor/testing'
import '@chainrule/wasm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as optimizers from './index.js'
import {
  Adagrad,
  Adam,
  AdamW,
  clipGradAdaptive,
  clipGradNorm,
  clipGradValue,
  GradientOptimizer,
  Optimizer,
  RMSprop,
  type Schedule,
  schedules,
  SGD,
  ZerothOrder,
} from './index.js'

interface Trained {
  readonly parameters: readonly Parameter[]
  /** Loss and figures of one step. */
  readonly step: () => readonly Tensor[]
  readonly state: () => object
}

type Method = (parameters: readonly Parameter[]) => {
  readonly optimizer: Optimizer
  /** Moves the parameters, which have gradients unless `closure` is used. */
  readonly move: (loss: () => Tensor) => readonly Tensor[]
  readonly after?: () => void
}

const plain =
  (make: (parameters: readonly Parameter[]) => GradientOptimizer): Method =>
  (parameters) => {
    const optimizer = make(parameters)
    const move = (loss: () => Tensor): readonly Tensor[] => {
      optimizer.zeroGrad()
      const value = loss()
      value.backward()
      optimizer.step()
      return [value]
    }
    return { optimizer, move }
  }

const clipped =
  (clip: (parameters: readonly Parameter[]) => Tensor | undefined): Method =>
  (parameters) => {
    const optimizer = new SGD(parameters, { lr: 0.05, momentum: 0.9 })
    const move = (loss: () => Tensor): readonly Tensor[] => {
      optimizer.zeroGrad()
      const value = loss()
      value.backward()
      const total = clip(parameters)
      optimizer.step()
      return total === undefined ? [value] : [value, total]
    }
    return { optimizer, move }
  }

/** The schedule goes on inside the step where it is a function of the count, else outside. */
const scheduled =
  (make: () => Schedule | optimizers.PlateauSchedule): Method =>
  (parameters) => {
    const lr = make()
    const { optimizer, move } = plain((list) => new SGD(list, { lr }))(parameters)
    if ('best' in lr.stateDict()) return { optimizer, move, after: () => (lr as optimizers.PlateauSchedule).step(1) }
    return {
      optimizer,
      move: (loss) => {
        const result = move(loss)
        ;(lr as Schedule).step()
        return result
      },
    }
  }

const zerothOrder: Method = (parameters) => {
  const optimizer = new ZerothOrder(parameters, { lr: 0.01, samples: 3, epsilon: 0.1, seed: 4 })
  return { optimizer, move: (loss) => [optimizer.step(loss)] }
}

/** Every option that changes a formula has a case; names begin with the export that they are about. */
const methods: Readonly<Record<string, Method>> = {
  SGD: plain((list) => new SGD(list, { lr: 0.05 })),
  'SGD with momentum': plain((list) => new SGD(list, { lr: 0.05, momentum: 0.9, dampening: 0.2, weightDecay: 0.01 })),
  'SGD, nesterov': plain((list) => new SGD(list, { lr: 0.05, momentum: 0.9, nesterov: true })),
  'SGD, maximize': plain((list) => new SGD(list, { lr: 0.001, maximize: true })),
  'SGD with a preconditioner': plain(
    (list) => new SGD(list, { lr: 0.05, preconditioner: (gradient, parameter) => gradient.mul(parameter.abs()) }),
  ),
  'SGD in groups': plain(
    (list) =>
      new SGD(
        list.map((parameter, place) => ({ params: [parameter], lr: 0.01 * (place + 1), momentum: 0.5 * place })),
        { lr: 0.1 },
      ),
  ),
  Adam: plain((list) => new Adam(list, { lr: 0.05, weightDecay: 0.01 })),
  'Adam, amsgrad': plain((list) => new Adam(list, { lr: 0.05, amsgrad: true })),
  AdamW: plain((list) => new AdamW(list, { lr: 0.05 })),
  'AdamW, amsgrad': plain((list) => new AdamW(list, { lr: 0.05, amsgrad: true })),
  RMSprop: plain((list) => new RMSprop(list, { lr: 0.05 })),
  'RMSprop, centered': plain((list) => new RMSprop(list, { lr: 0.05, centered: true, momentum: 0.5 })),
  Adagrad: plain((list) => new Adagrad(list, { lr: 0.1, lrDecay: 0.1, initialAccumulatorValue: 0.5 })),
  ZerothOrder: zerothOrder,
  clipGradNorm: clipped((list) => clipGradNorm(list, 0.5)),
  'clipGradNorm, largest': clipped((list) => clipGradNorm(list, 0.5, { normType: Infinity })),
  clipGradValue: clipped((list) => void clipGradValue(list, 0.3)),
  clipGradAdaptive: clipped((list) => void clipGradAdaptive(list, 0.1)),
  'schedules.constant': scheduled(() => schedules.constant(0.1)),
  'schedules.step': scheduled(() => schedules.step(0.1, 2)),
  'schedules.exponential': scheduled(() => schedules.exponential(0.1, 0.9)),
  'schedules.cosine': scheduled(() => schedules.cosine(0.1, 5)),
  'schedules.linearWarmup': scheduled(() => schedules.linearWarmup(0.1)),
  'schedules.oneCycle': scheduled(() => schedules.oneCycle(0.1, 6)),
  'schedules.reduceOnPlateau': scheduled(() => schedules.reduceOnPlateau(0.1, { patience: 1 })),
}

/** Two layers and a loss, with curvature and coupling. */
const prepare = (method: Method, dtype: 'float32' | 'float64'): { readonly trained: Trained; after: () => void } => {
  const first = new Parameter(tensor([0.5, -1.5, 2, 0.25, 1, -1], { shape: [2, 3], dtype }))
  const second = new Parameter(tensor([1, -2, 3], { dtype }))
  const x = tensor([1, 3, 0.5, -1, 0.25, 2, 0.75, -0.5], { shape: [4, 2], dtype })
  const loss = (): Tensor => x.matmul(first).tanh().add(second).square().mean().add(second.sin().sum())
  const parameters = [first, second]
  const { optimizer, move, after = () => undefined } = method(parameters)
  return { trained: { parameters, step: () => move(loss), state: () => optimizer.stateDict() }, after }
}

const steps = 6

const compare = (method: Method, dtype: 'float32' | 'float64', how: 'bits' | 'regrouped'): void => {
  const [eager, other] = [prepare(method, dtype), prepare(method, dtype)]
  const compiled = compile(other.trained.step)
  for (let step = 0; step < steps; step++) {
    const expected = eager.trained.step()
    const found = compiled()
    expected.forEach((value, place) => {
      expectSame(found[place] as Tensor, value, how, `step ${step}, result ${place}`)
    })
    eager.after()
    other.after()
  }
  expect(compiled.stats().captures).toBe(1)
  eager.trained.parameters.forEach((parameter, place) => {
    expectSame(other.trained.parameters[place] as Tensor, parameter, how, `parameter ${place}`)
  })
  compareStates(other.trained.state(), eager.trained.state(), how, 'state')
  compiled.dispose()
}

/** Tensors by their numbers, everything else as it is. */
const compareStates = (found: unknown, expected: unknown, how: 'bits' | 'regrouped', what: string): void => {
  if (typeof expected !== 'object' || expected === null) expect(found, what).toEqual(expected)
  else if ('dataSync' in expected) expectSame(found as Tensor, expected as Tensor, how, what)
  else {
    expect(Object.keys(found as object), what).toEqual(Object.keys(expected))
    for (const [key, value] of Object.entries(expected))
      compareStates((found as Record<string, unknown>)[key], value, how, `${what}.${key}`)
  }
}

it('every exported optimizer, clipping and schedule has a case', () => {
  const general: readonly unknown[] = [Optimizer, GradientOptimizer, optimizers.Schedule, optimizers.ParameterGroup]
  const exported = Object.entries(optimizers).flatMap(([name, value]) =>
    typeof value === 'function' && !general.includes(value) ? [name] : [],
  )
  const made = Object.keys(schedules).map((name) => `schedules.${name}`)
  const covered = new Set(Object.keys(methods).map((name) => name.split(/[ ,]/)[0]))
  expect([...covered].sort()).toEqual([...exported, ...made].sort())
})

describe.each([
  ['reference', 'bits'],
  ['wasm', 'regrouped'],
] as const)('steps compiled on the %s device, compared in %s with eager', (device, how) => {
  beforeAll(() => setDevice(device))
  afterAll(() => setDevice('reference'))

  it.each(
    Object.entries(methods).flatMap(([name, method]) =>
      (['float32', 'float64'] as const).map((dtype) => [name, dtype, method] as const),
    ),
  )('%s in %s', (_, dtype, method) => {
    scope(() => {
      compare(method, dtype, how)
    })
  })
})
