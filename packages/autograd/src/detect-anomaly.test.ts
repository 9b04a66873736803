import {
  type Device,
  log,
  mul,
  ReferenceDevice,
  registerDevice,
  scope,
  setDevice,
  sub,
  tensor,
  type Tensor,
  withRecorder,
} from '@chainrule/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AnomalyError, checkpoint, detectAnomaly, grad, Parameter } from './index.js'
import { numbers } from './numbers.fixture.js'

/** The message of the anomaly that a function meets. */
const anomalyOf = async (run: () => unknown): Promise<string> => {
  const error: unknown = await detectAnomaly(run).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(AnomalyError)
  return (error as AnomalyError).message
}

/** Where in this file the caller stands, as a message would name it. */
const here = (linesBelow: number): RegExp => {
  const frame = (new Error().stack ?? '').split('\n')[2] ?? ''
  const line = Number(/detect-anomaly\.test\.ts:(\d+)/.exec(frame)?.[1]) + linesBelow
  return new RegExp(`detect-anomaly\\.test\\.ts:${line}:\\d+`)
}

describe('detectAnomaly names the op, its inputs and the line', () => {
  it('of the forward pass', async () => {
    const message = await anomalyOf(() => {
      const x = tensor([[1, 0]])
      return mul(x, log(x))
    })
    expect(message).toContain('log: gave -Infinity from float32 [1, 2], expected finite numbers')
    expect(message).toMatch(here(-3))
  })

  it('of the backward pass, with the line of the forward op', async () => {
    const x = new Parameter([0, 1])
    const message = await anomalyOf(() => {
      const root = x.sqrt()
      const loss = root.sum()
      loss.backward()
    })
    expect(message).toMatch(/^sqrt: its gradient gave Infinity \(in sqrtGradient of float32 \[2\], float32 \[2\]\)/)
    expect(message).toMatch(here(-5))
    expect(x.grad).toBeUndefined()
  })

  it('of functions that wait', async () => {
    const message = await anomalyOf(async () => {
      await Promise.resolve()
      const x = tensor(-1)
      await Promise.resolve()
      return x.sqrt()
    })
    expect(message).toContain('sqrt: gave NaN from float32 []')
    expect(message).toMatch(here(-3))
  })

  it('of transforms', async () => {
    const message = await anomalyOf(() => {
      const f = (x: Tensor): Tensor => x.sqrt()
      return grad(f)(tensor(0))
    })
    expect(message).toContain('sqrt: its gradient gave Infinity')
    expect(message).toMatch(here(-4))
  })

  it('of a checkpoint that is computed again', async () => {
    const x = new Parameter(0)
    const message = await anomalyOf(() => {
      const y = checkpoint((at: Tensor) => at.sqrt())(x)
      y.backward()
    })
    expect(message).toContain('checkpoint: its gradient gave Infinity (in sqrtGradient')
    expect(message).toMatch(here(-4))
  })
})

describe('an anomaly', () => {
  it('is NaN wherever it comes from', async () => {
    expect(await anomalyOf(() => tensor([Number.NaN]).mul(2))).toContain('mul: gave NaN')
    expect(await anomalyOf(() => sub(tensor(Infinity), tensor(Infinity)))).toContain('sub: gave NaN')
  })

  it('is no infinity that the op was given, as masks are', async () => {
    const scores = tensor([[1, 2]])
    const weights = await detectAnomaly(() =>
      scores
        .maskedFill(tensor([[false, true]]), -Infinity)
        .add(1)
        .softmax(-1),
    )
    expect(numbers(weights)).toEqual([1, 0])
    expect(await anomalyOf(() => tensor(1e38).mul(tensor(1e38)))).toContain('mul: gave Infinity')
  })

  it('is nothing in whole numbers or booleans', async () => {
    expect(numbers(await detectAnomaly(() => tensor([Infinity]).isinf()))).toEqual([1])
  })
})

describe('detectAnomaly', () => {
  it('gives what the function gives', async () => {
    expect(await detectAnomaly(() => 'result')).toBe('result')
    expect(await detectAnomaly(() => Promise.resolve('later'))).toBe('later')
  })

  it('passes on what the function throws', async () => {
    await expect(
      detectAnomaly(() => {
        throw new Error('stop')
      }),
    ).rejects.toThrow('stop')
  })

  it('watches no longer when it is done, nested or side by side', async () => {
    const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))
    await detectAnomaly(() => detectAnomaly(() => undefined))
    const first = detectAnomaly(wait)
    const second = detectAnomaly(async () => {
      await wait()
      await wait()
      const x = new Parameter(0)
      x.sqrt().backward()
    })
    await first
    await expect(second).rejects.toThrow('sqrt: its gradient gave Infinity')
    expect(numbers(tensor(0).log())).toEqual([-Infinity])
  })

  it('looks past functions that are captured, where there are no numbers yet', async () => {
    const run = (): Tensor => withRecorder({ kind: 'capture', op: () => undefined }, () => tensor(0).log())
    expect((await detectAnomaly(run)).isAbstract).toBe(true)
  })
})

describe('on a device that cannot be read at once', () => {
  beforeAll(async () => {
    const start = (): Promise<Device> => {
      const device: Device = new ReferenceDevice()
      return Promise.resolve(
        new Proxy(device, {
          get: (target, name) => {
            if (name === 'readSync') return undefined
            if (name === 'name') return 'slow'
            const member: unknown = Reflect.get(target, name)
            return typeof member === 'function' ? (member as () => unknown).bind(target) : member
          },
        }),
      )
    }
    registerDevice({ name: 'slow', start })
    await setDevice('slow')
  })
  afterAll(() => setDevice('reference'))

  it('reads at the end, though scopes ended in between', async () => {
    const message = await anomalyOf(() =>
      scope(() => {
        const x = tensor([0])
        x.log().exp().sum()
      }),
    )
    expect(message).toContain('log: gave -Infinity from float32 [1]')
    expect(message).toMatch(here(-4))
  })
})
