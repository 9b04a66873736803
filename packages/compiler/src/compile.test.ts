import '@chainrule/wasm'
import { grad, noGrad, Parameter } from '@chainrule/autograd'
import {
  cell,
  manualSeed,
  ones,
  rand,
  randn,
  scope,
  setDevice,
  tensor,
  type Tensor,
  Variable,
  zerosLike,
  logSoftmax,
} from '@chainrule/tensor'
import { beforeAll, describe, expect, it } from 'vitest'
import { compile } from './index.js'

beforeAll(async () => {
  await setDevice('reference')
})

const network = () => {
  manualSeed(3)
  const parameters = [
    new Parameter(randn([8, 16]).mul(0.3)),
    new Parameter(ones([8]).mul(0.1)),
    new Parameter(randn([4, 8]).mul(0.3)),
    new Parameter(ones([4]).mul(0.1)),
  ]
  const velocities = parameters.map((parameter) => new Variable(zerosLike(parameter)))
  const rate = cell(0.1)
  const step = (x: Tensor, labels: Tensor): Tensor => {
    const [w1, b1, w2, b2] = parameters as [Parameter, Parameter, Parameter, Parameter]
    for (const parameter of parameters) parameter.grad = undefined
    const hidden = x.linear(w1, b1).relu()
    const loss = logSoftmax(hidden.linear(w2, b2), 1).mul(labels).sum(1).mean().neg()
    loss.backward()
    noGrad(() => {
      const total = parameters
        .map(({ grad: g }) => (g as Tensor).square().sum())
        .reduce((a, b) => a.add(b))
        .sqrt()
      const scale = total.add(1e-6).reciprocal().clamp(undefined, 1)
      parameters.forEach((parameter, place) => {
        const velocity = velocities[place] as Variable
        const next = velocity.mul(0.9).add((parameter.grad as Tensor).mul(scale))
        velocity.assign(next)
        parameter.assign(parameter.sub(next.mul(rate)))
      })
    })
    return loss
  }
  return { parameters, velocities, rate, step }
}

const bits = (tensors: readonly Tensor[]): number[][] => tensors.map((each) => [...each.dataSync()])

describe('compile', () => {
  it('trains to the same bits as eager code on the reference device', () => {
    const eager = network()
    const compiled = network()
    const step = compile(compiled.step)
    const x = randn([12, 16])
    const labels = rand([12, 4])
    for (let count = 0; count < 5; count++) {
      if (count === 3) {
        eager.rate.set(0.05)
        compiled.rate.set(0.05)
      }
      const a = scope(() => eager.step(x, labels))
      const b = scope(() => step(x, labels))
      expect(b.dataSync()).toEqual(a.dataSync())
    }
    expect(bits(compiled.parameters)).toEqual(bits(eager.parameters))
    expect(bits(compiled.velocities)).toEqual(bits(eager.velocities))
    expect(step.stats().captures).toBe(1)
    const kernels = step
      .graph()
      .after.order()
      .map(({ label }) => label)
    expect(kernels).toHaveLength(step.stats().kernels)
    expect(kernels).toContain('matmul: linear · relu')
  })

  it('fuses a chain of elementwise ops into one kernel', () => {
    const chain = (a: Tensor, b: Tensor): Tensor => a.mul(b).add(a).tanh().sub(b).mul(0.5)
    const fused = compile(chain)
    const a = randn([40, 50])
    const b = randn([50])
    expect(fused(a, b).dataSync()).toEqual(chain(a, b).dataSync())
    expect(fused.stats().kernels).toBe(1)
  })

  it('compiles gradients', () => {
    const slope = compile(grad((x: Tensor) => x.sin().mul(x).sum()))
    expect([...slope(tensor([0, 1])).dataSync()]).toEqual([
      ...grad((x: Tensor) => x.sin().mul(x).sum())(tensor([0, 1])).dataSync(),
    ])
  })

  it('counts how often a run hands work to other threads', async () => {
    const sums = (x: Tensor): Tensor => x.matmul(x).sum()
    const alone = compile(sums)
    alone(ones([4, 4]))
    expect(alone.stats().submits).toBe(0)
    await setDevice('wasm', { threads: 2 })
    try {
      const shared = compile(sums)
      shared(ones([256, 256]))
      expect(shared.stats().submits).toBe(1)
      shared(ones([4, 4]))
      expect(shared.stats().submits).toBe(0)
      shared.dispose()
    } finally {
      await setDevice('reference')
    }
  })

  it('explains each kernel with its ops, bytes, operations, time, share and limit', async () => {
    const step = compile((x: Tensor) => x.matmul(x).relu().sum(1))
    step(ones([64, 64]))
    const [head = '', ...rows] = (await step.explain()).split('\n')
    expect(head.split(/ {2,}/)).toEqual(['#', 'kernel', 'MB', 'MFLOP', 'ms', 'share', 'over its limit', 'ops'])
    const cells = rows.slice(0, step.stats().kernels).map((row) => row.split(/ {2,}/))
    expect(cells.map(([, kernel, bytes, operations, , , , ops]) => [kernel, bytes, operations, ops])).toEqual([
      ['matmul', '0.05', '0.52', 'matmul relu'],
      ['row', '0.02', '0.00', 'sum'],
    ])
    const shares = cells.map(([, , , , , share = '']) => Number.parseFloat(share))
    // Two numbers rounded to a tenth.
    expect(Math.abs(shares.reduce((sum, share) => sum + share) - 100)).toBeLessThan(0.11)
    for (const [, , , , milliseconds, , limit] of cells) {
      expect(Number(milliseconds)).toBeGreaterThanOrEqual(0)
      expect(limit).toMatch(/^\d+\.\d × (arithmetic|memory)$/)
    }
  })
})
