import { ArgumentError, memory, rand, stack, sum, tensor, type Tensor, Variable } from '@chainrule/tensor'
import { type CustomContext, defineOp, Parameter } from '@chainrule/autograd'
import { describe, expect, it } from 'vitest'
import { gradCheck, GradCheckError, type GradCheckOptions, type GradCheckReport } from './index.js'

const float64 = (data: number | readonly (number | readonly number[])[]): Tensor => tensor(data, { dtype: 'float64' })

const x = float64([0.5, -1.5, 3])
const y = float64([2, 0.25, -1])

/** The inputs of a custom op of two tensors. */
const both = ({ inputs }: CustomContext): readonly [Tensor, Tensor] => {
  const [a, b] = inputs
  if (a === undefined || b === undefined) throw new Error('the op has two inputs')
  return [a, b]
}

/** A product whose derivatives are off by factors, perhaps. */
const product = (options: { vjp?: number; jvp?: number; opaque?: boolean } = {}) => {
  const { vjp = 1, jvp = 1, opaque = false } = options
  return defineOp({
    name: 'product',
    forward: (a: Tensor, b: Tensor) => a.mul(b),
    backward: (context, gradient) => {
      const [a, b] = both(context)
      // Data that went over the host is a constant to another derivative.
      const right = opaque ? float64([...b.dataSync()]) : b
      return [gradient.mul(right).mul(vjp), gradient.mul(a)]
    },
    jvp: (context, da, db) => {
      const [a, b] = both(context)
      return (da?.mul(b).mul(jvp) ?? a.mul(0)).add(db?.mul(a) ?? 0)
    },
  })
}

const failureOf = async (run: Promise<GradCheckReport>): Promise<GradCheckReport> => {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(GradCheckError)
  expect((error as GradCheckError).code).toBe('GRAD_CHECK')
  return (error as GradCheckError).report
}

const modes: readonly GradCheckOptions[] = [{}, { mode: 'directional' }]

describe('gradCheck', () => {
  it('compares every partial derivative in both modes, and the modes with each other', async () => {
    const report = await gradCheck((a, b) => a.mul(b).sum(), [x, y])
    // One result, six inputs, two modes, one comparison of the modes.
    expect([report.comparisons, report.failures]).toEqual([13, 0])
    expect(String(report)).toMatch(
      /^gradCheck: function: all 13 derivatives agree with central differences \(float64, full/,
    )
  })

  it('takes results in arrays and objects, and looks at the floating ones', async () => {
    const f = (a: Tensor): unknown => ({ values: [a.exp(), a.sin()], places: a.argmax(), flags: [a.greater(0)] })
    expect((await gradCheck(f, x)).comparisons).toBe(2 * 3 * 6 + 1)
  })

  it('differentiates twice on demand', async () => {
    const derivatives = (order: 1 | 2): Promise<GradCheckReport> => gradCheck((a) => a.sin().mul(a), x, { order })
    const [first, second] = [await derivatives(1), await derivatives(2)]
    // Second order has the gradient by x and v and the tangent by x and u: six inputs, three results, two modes each.
    expect(second.comparisons - first.comparisons).toBe(2 * (6 * 3 * 2 + 1))
  })

  it.each(modes)('finds a wrong reverse rule (%o)', async (options) => {
    const report = await failureOf(gradCheck(product({ vjp: 1.0001 }), [x, y], options))
    const wrong = new Set(report.worst.filter(({ excess }) => excess > 1).map(({ derivative }) => derivative))
    expect(wrong).toEqual(new Set(['VJP', '⟨VJP, u⟩ against ⟨v, JVP⟩']))
    expect(report.worst.find(({ derivative }) => derivative === 'VJP')?.relativeError).toBeGreaterThan(5e-6)
  })

  it.each(modes)('finds a wrong forward rule (%o)', async (options) => {
    const report = await failureOf(gradCheck(product({ jvp: 0.999 }), [x, y], options))
    const wrong = report.worst.filter(({ excess }) => excess > 1).map(({ derivative }) => derivative)
    expect(wrong).toContain('JVP')
    expect(wrong).not.toContain('VJP')
  })

  it.each(modes)('finds a gradient that cannot be differentiated (%o)', async (options) => {
    const op = product({ opaque: true })
    expect((await gradCheck(op, [x, y], options)).failures).toBe(0)
    const report = await failureOf(gradCheck(op, [x, y], { ...options, order: 2 }))
    expect(report.worst[0]?.derivative).toMatch(/of VJP/)
  })

  it('prints function, input, index, both values and the relative error of the worst ten', async () => {
    const wide = float64(Array.from({ length: 20 }, (_, place) => place + 1))
    const scale = defineOp({
      name: 'scale',
      forward: (a: Tensor) => a.mul(2),
      backward: ({ inputs: [a] }, gradient) => gradient.mul(2).add(a?.mul(1e-3) ?? 0),
      jvp: (_, tangent) => tangent?.mul(2) ?? float64(0),
    })
    const report = await failureOf(gradCheck((a) => scale(a.reshape([4, 5])).sum(), wide, { name: 'sum of scale' }))
    const text = String(report)
    expect(text).toMatch(/^gradCheck: sum of scale: got 21 of 41 derivatives that differ from central differences/)
    expect(text).toMatch(/derivative +by +index +of +analytic +numeric +± +relative error +note/)
    expect(text).toMatch(/VJP +input 0 +\[19\] +\[\] +2\.02 +2 +\de-1\d +9\.9e-3/)
    expect(report.worst).toHaveLength(10)
    const excesses = report.worst.map(({ excess }) => excess)
    expect(excesses).toEqual([...excesses].sort((a, b) => b - a))
  })

  it('takes a tensor that is given twice as two inputs', async () => {
    expect((await gradCheck((a, b) => a.mul(b), [x, x])).failures).toBe(0)
  })

  it('checks views as they lie', async () => {
    const matrix = float64([
      [1, 2],
      [3, 4],
    ])
    expect((await gradCheck((a) => a.cumsum(1).square(), matrix.transpose(0, 1), { order: 2 })).failures).toBe(0)
  })

  it('accepts what has no element', async () => {
    const empty = tensor([], { shape: [0, 2], dtype: 'float64' })
    expect((await gradCheck((a) => a.exp(), empty)).failures).toBe(0)
  })

  it('gives the same report for the same seed', async () => {
    const worst = async (seed: number): Promise<unknown> =>
      (await gradCheck((a) => a.exp(), x, { mode: 'directional', seed })).worst.map(({ analytic }) => analytic)
    expect(await worst(1)).toEqual(await worst(1))
    expect(await worst(1)).not.toEqual(await worst(2))
  })

  it('gives all memory back', async () => {
    const before = memory()
    await gradCheck((a, b) => a.exp().mul(b).sum(), [x, y], { order: 2 })
    await failureOf(gradCheck(product({ vjp: 2 }), [x, y]))
    expect([memory().tensors, memory().bytes]).toEqual([before.tensors, before.bytes])
  })
})

describe('the error control', () => {
  it('shortens steps that cross a kink or leave the domain', async () => {
    const near = await gradCheck((a) => a.relu(), float64([3e-4, -3e-4]))
    expect(near.kinks).toEqual([])
    expect((await gradCheck((a) => a.log(), float64([5e-4, 1]), { order: 1 })).failures).toBe(0)
  })

  it('goes with the size of the point', async () => {
    expect((await gradCheck((a) => a.square(), float64([1e8, -1e-8]))).failures).toBe(0)
  })

  it('says when the differences are not sure themselves', async () => {
    // To steps of 1e-5, a wave of length 1e-6 is noise, though its gradient here is right.
    const wave = defineOp({
      name: 'wave',
      forward: (a: Tensor) => a.mul(6e6).sin().mul(1e-3),
      backward: ({ inputs: [a] }, gradient) => gradient.mul(a?.mul(6e6).cos().mul(6e3) ?? 0),
      jvp: ({ inputs: [a] }, tangent) => (tangent ?? float64(0)).mul(a?.mul(6e6).cos().mul(6e3) ?? 0),
    })
    expect(String(await failureOf(gradCheck(wave, float64([0.1]))))).toContain(
      'the differences are not sure themselves',
    )
  })
})

describe('kinks', () => {
  it('are named where they make derivatives differ', async () => {
    const report = await failureOf(gradCheck((a) => a.relu(), float64([0, 1])))
    expect(report.failures).toBe(2)
    expect(report.worst[0]).toMatchObject({ index: [0], analytic: 0, numeric: 0.5 })
    expect(String(report)).toContain('looks like a kink: the slopes from the left and from the right differ')
  })

  it('are named where derivatives agree by convention', async () => {
    const report = await gradCheck((a) => a.abs(), float64([0, 1]))
    expect(report.kinks.map(({ index }) => index)).toEqual([[0], [0]])
    expect(String(report)).toContain('The function looks as if it had kinks here')
  })

  it('are not seen where slopes meet', async () => {
    // |x|x has a second derivative that jumps, and smooth slopes.
    const bend = (a: Tensor): Tensor => a.abs().mul(a)
    expect((await gradCheck(bend, float64([0, 1]))).kinks).toEqual([])
    expect((await gradCheck((a) => a.mul(1000).tanh(), float64([0, 1]))).kinks).toEqual([])
  })
})

class Affine {
  readonly weight = new Parameter(
    float64([
      [1, 2, 3],
      [0, -1, 0.5],
    ]),
  )
  readonly bias = new Parameter(float64([0.1, -0.2]))
  readonly frozen = new Parameter(float64([5]))
  readonly count = new Variable(tensor(0, { dtype: 'int32' }))

  constructor() {
    this.frozen.requiresGrad = false
  }

  parameters(): Variable[] {
    return [this.weight, this.bias, this.frozen, this.count]
  }

  namedParameters(): [string, Variable][] {
    return [
      ['weight', this.weight],
      ['bias', this.bias],
    ]
  }

  forward(input: Tensor): Tensor {
    return this.weight.matmul(input).add(this.bias).tanh().mul(this.frozen)
  }
}

describe('modules', () => {
  it('are checked by their inputs and the parameters that train', async () => {
    const module = new Affine()
    const before = module.parameters().map(String)
    const report = await gradCheck(module, x, { order: 2 })
    expect(report.name).toBe('Affine')
    expect(module.parameters().map(String)).toEqual(before)
    // 3 + 6 + 2 inputs, two results, two modes.
    const first = await gradCheck(module, x)
    expect(first.comparisons).toBe(2 * 11 * 2 + 1)
  })

  it('may stand among the inputs of a function', async () => {
    const module = new Affine()
    const report = await gradCheck((input: Tensor, layer: Affine) => layer.forward(input), [x, module])
    expect(report.comparisons).toBe(2 * 11 * 2 + 1)
  })

  it('are named in failures by their parameters', async () => {
    const module = new Affine()
    const wrong = product({ vjp: 1.01 })
    const report = await failureOf(gradCheck(() => wrong(module.bias, float64([1, 2])).sum(), [module]))
    expect(report.worst[0]).toMatchObject({ input: 'input 0.bias' })
    expect(String(report)).toMatch(/VJP +input 0\.bias +\[1\]/)
  })

  it('as bare parameters may be arguments or be read by the function itself', async () => {
    const weight = new Parameter(y)
    weight.grad = float64([1, 2, 3])
    const outside = await gradCheck((a: Tensor, _: Tensor) => a.mul(weight).exp(), [x, weight], { order: 2 })
    const inside = await gradCheck((a: Tensor, w: Tensor) => a.mul(w).exp(), [x, weight], { order: 2 })
    expect(outside.comparisons).toBe(inside.comparisons)
    expect(String(weight.grad)).toBe('tensor([1, 2, 3], float64)')
    expect(String(weight)).toBe(String(y))
  })

  it('keep their parameters when the function throws', async () => {
    const module = new Affine()
    const before = String(module.weight)
    let calls = 0
    const failing = (): Tensor => {
      if (++calls === 7) throw new Error('the function failed')
      return module.forward(x)
    }
    await expect(gradCheck(failing, [module])).rejects.toThrow('the function failed')
    expect(String(module.weight)).toBe(before)
    expect(module.weight.requiresGrad).toBe(true)
  })
})

describe('custom ops', () => {
  it('without forward mode are checked in reverse mode, to second order, and the report says so', async () => {
    const op = defineOp({
      name: 'cube',
      forward: (a: Tensor) => a.mul(a).mul(a),
      backward: ({ inputs: [a] }, gradient) => gradient.mul(3).mul(a?.square() ?? 0),
    })
    const report = await gradCheck(op, x, { order: 2 })
    expect(report.name).toBe('cube')
    expect(report.comparisons).toBe(3 * 3 + 6 * 3)
    expect(String(report)).toContain('Note: forward mode was left out: cube: got a forward-mode derivative')
  })
})

describe('float32', () => {
  it('is taken with loose tolerances, which the report states', async () => {
    const report = await gradCheck((a) => a.sin().mul(a), x.to('float32'), { order: 2 })
    expect(String(report)).toContain('float32 allows only loose tolerances (rtol 0.01, atol 0.001)')
  })

  it('still shows rules that are wrong', async () => {
    const wrong = product({ vjp: 1.1 })
    expect((await failureOf(gradCheck(wrong, [x.to('float32'), y.to('float32')]))).settings.dtype).toBe('float32')
  })
})

describe('wrong checks are refused', () => {
  it('functions that are not deterministic', async () => {
    const random = gradCheck((a) => a.mul(rand([3], { dtype: 'float64' })), x, { name: 'dropout' })
    await expect(random).rejects.toThrow(ArgumentError)
    await expect(random).rejects.toThrow('dropout gave different results for the same inputs')
  })

  it('inputs of which none is floating', async () => {
    const none = gradCheck((a) => a.to('float64').exp(), tensor([1, 2], { dtype: 'int32' }))
    await expect(none).rejects.toThrow('got no floating input, expected at least one')
    await expect(gradCheck(() => x, [])).rejects.toThrow(ArgumentError)
  })

  it('results of which none is floating', async () => {
    await expect(gradCheck((a) => a.greater(0), x)).rejects.toThrow('got no floating result')
    await expect(gradCheck(() => 3, x)).rejects.toThrow(ArgumentError)
  })

  it('what is no function, tensor or module', async () => {
    await expect(gradCheck({ forward: () => x } as never, x)).rejects.toThrow('expected a function, or a module')
    await expect(gradCheck((a: Tensor) => a, [3 as never])).rejects.toThrow('got number as input 0')
    await expect(gradCheck((a: Tensor) => a, [{ parameters: () => [1] } as never])).rejects.toThrow(
      'input 0 lists number as a parameter',
    )
  })

  it('results whose number depends on data', async () => {
    const growing = (a: Tensor): Tensor => {
      const many = (a.dataSync()[0] ?? 0) > 0.5 ? 2 : 1
      return stack(Array.from({ length: many }, () => sum(a)))
    }
    await expect(gradCheck(growing, x)).rejects.toThrow(
      'got 2 elements from the function at a neighbouring point and 1',
    )
  })

  it.each([
    [{ eps: 0 }, 'got eps 0'],
    [{ rtol: -1 }, 'got rtol -1'],
    [{ atol: NaN }, 'got atol NaN'],
    [{ mode: 'all' }, "got mode all, expected 'full' or 'directional'"],
    [{ order: 3 }, 'got order 3, expected 1 or 2'],
    [{ directions: 0 }, 'got directions 0'],
    [{ seed: -1 }, 'got seed -1'],
  ])('options %o', async (options, message) => {
    await expect(gradCheck((a) => a.exp(), x, options as GradCheckOptions)).rejects.toThrow(message)
  })

  it('an error of the function is passed on', async () => {
    await expect(gradCheck((a) => a.matmul(float64([1, 2])), x)).rejects.toThrow('matmul')
  })
})
