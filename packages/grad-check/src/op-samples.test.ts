import { afterAll, describe, expect, it, vi } from 'vitest'
import {
  applyComposite,
  type Composite,
  isFloating,
  linspace,
  ones,
  type OpEventOf,
  type Recorder,
  scope,
  startObserver,
  tensor,
  type Tensor,
  tensorsIn,
} from '@chainrule/tensor'
import {
  coveredOps,
  expectClose,
  inFloat64,
  type OpSample,
  opSamples,
  placeInput,
  type Tolerance,
  toleranceOf,
} from '@chainrule/tensor/testing'
import { jvp, vjp } from '@chainrule/autograd'
import { gradCheck } from './index.js'

// Some ops have hundreds of samples, and machines other things to do.
vi.setConfig({ testTimeout: 120_000 })

/** Ops without derivatives: comparisons, places, data made of nothing. */
const withoutDerivative = new Set(
  (
    'isnan isinf isfinite logicalNot equal notEqual less lessEqual greater greaterEqual logicalAnd logicalOr all any ' +
    'argmax argmin argsort tensor zeros ones full zerosLike onesLike arange linspace eye oneHot rand randn randint'
  ).split(' '),
)

const twins = opSamples.flatMap((sample) => inFloat64(sample) ?? [])
const smooth = twins.filter(({ kind, differentiable }) => kind === 'smooth' && differentiable.length > 0)
const ops = [...coveredOps()].filter((op) => !withoutDerivative.has(op))

/** A sample as a function of its differentiable inputs alone, at its inputs. */
const placed = (sample: OpSample) => {
  const inputs = sample.inputs.map((input) => placeInput(input))
  const { differentiable } = sample
  const f = (...given: Tensor[]): Tensor[] => {
    const all = inputs.map((input, place) => given[differentiable.indexOf(place)] ?? input)
    return tensorsIn(sample.run(...all))
  }
  const at = differentiable.flatMap((place) => inputs[place] ?? [])
  return { f, at, size: at.reduce((total, { size }) => total + size, 0) }
}

const counts = { samples: 0, comparisons: 0, controlled: 0, statements: 0, composites: 0 }

afterAll(() => {
  console.log(
    `grad-check: ${counts.samples} samples of ${ops.length} ops, ${counts.comparisons} derivatives of first and second order; ` +
      `${counts.controlled} in loops and branches; ${counts.statements} stated gradients; ${counts.composites} composites by their meaning`,
  )
})

describe('every differentiable op agrees with central differences, both modes, to second order', () => {
  it('has samples for each', () => {
    const checked = new Set(smooth.map(({ op }) => op))
    expect(ops.filter((op) => !checked.has(op))).toEqual([])
    expect(ops.length).toBeGreaterThan(80)
  })

  // Larger inputs along random directions: a full check costs the square of their size.
  it.each(ops)('%s', async (op) => {
    for (const sample of smooth.filter((each) => each.op === op)) {
      const { f, at, size } = placed(sample)
      const mode = size <= 12 ? 'full' : 'directional'
      const report = await gradCheck(f, at, { name: sample.name, order: 2, mode, directions: 2 })
      expect(report.kinks, sample.name).toEqual([])
      expect(
        report.notes.filter((note) => note.startsWith('forward mode')),
        sample.name,
      ).toEqual([])
      counts.samples += 1
      counts.comparisons += report.comparisons
    }
  })
})

/** Results weighted differently, so that none drops out of their sum. */
const weighted = (results: readonly Tensor[]): Tensor =>
  results
    .filter(({ dtype }) => isFloating(dtype))
    .map((result) => result.mul(linspace(0.5, 1.5, result.size, { dtype: result.dtype }).reshape(result.shape)).sum())
    .reduce((total, each) => total.add(each))

const valueOf = (scalar: Tensor): number => scalar.dataSync()[0] ?? Number.NaN

describe('every differentiable op inside a loop and a branch that depend on data', () => {
  it.each(ops)('%s', async (op) => {
    const candidates = smooth.filter((sample) => sample.op === op).map(placed)
    const several = candidates.filter(({ size }) => size > 1).sort((a, b) => a.size - b.size)
    const { f, at, size } = several[0] ?? { f: () => [], at: [], size: 0 }
    const controlled = (...given: Tensor[]): Tensor => {
      let total = weighted(f(...given))
      const { dtype } = total
      for (let rounds = 0; Math.abs(valueOf(total)) < 20 && rounds < 4; rounds++) {
        total = total.mul(1.25).add(weighted(f(...given)))
      }
      // A conversion to float32 leaves results that only loose tolerances fit.
      return valueOf(total) > 0 ? total.square() : total.mul(weighted(given)).to(dtype)
    }
    const report = await gradCheck(controlled, at, {
      name: `${op} in a loop and a branch`,
      order: 2,
      mode: size <= 12 ? 'full' : 'directional',
    })
    counts.controlled += report.comparisons
    expect(report.comparisons).toBeGreaterThan(0)
  })
})

/**
 * The gradient exp(x − y) with y = ln Σ eˣ carries the rounding of y, at 1000 a unit of 6e-5 (float32) or 1e-13 (float64), as
 * PyTorch's does.
 */
const coarser = new Map([
  ['logSumExp: does not overflow', 1e-4],
  ['logSumExp: does not overflow (float64)', 2e-13],
])

/** Forward mode follows the same conventions: the tangents along unit directions, weighted with the seeds, add up to the gradient. */
const expectTangents = (
  f: (...given: Tensor[]) => Tensor[],
  at: readonly Tensor[],
  seeds: readonly Tensor[],
  place: number,
  expected: readonly number[],
  { relative, absolute }: Tolerance,
  label: string,
): void => {
  expected.forEach((wanted, element) => {
    const tangents = at.map(({ shape, dtype, size }, other) =>
      tensor(
        Array.from({ length: size }, (_, each) => Number(other === place && each === element)),
        { shape, dtype },
      ),
    )
    const { tangent } = jvp((list: readonly Tensor[]) => f(...list), [at], [tangents])
    const terms = tangent.flatMap((each, number) => [...each.mul(seeds[number] ?? 0).dataSync()])
    const size = terms.reduce((total, term) => total + Math.abs(term), 0)
    const slope = terms.reduce((total, term) => total + term, 0)
    // The terms may cancel, so the tolerance is a share of them.
    const tolerance = { relative, absolute: absolute + relative * size }
    expectClose([slope], [wanted], tolerance, `${label}: tangent along element ${element} of input ${place}`)
  })
}

describe('conventions give the gradients that they state', () => {
  const stated = [...opSamples, ...twins].filter(({ expected }) => expected?.gradients !== undefined)

  it.each(stated.map((sample) => [sample.name, sample] as const))('%s', (_, sample) => {
    scope(() => {
      const { f, at } = placed(sample)
      const floating = (...given: Tensor[]): Tensor[] => f(...given).filter(({ dtype }) => isFloating(dtype))
      const { value, pullback } = vjp((list: readonly Tensor[]) => floating(...list), at)
      const seeds = value.map((result, place) => {
        const { shape, dtype } = result
        const seed = place === 0 ? sample.expected?.seed : undefined
        return seed === undefined ? ones(shape, { dtype }) : tensor([...seed], { shape, dtype })
      })
      const gradients = pullback(seeds)
      const numbers = [...value, ...gradients].flatMap((each) => [...each.dataSync()])
      sample.differentiable.forEach((input, place) => {
        const gradient = gradients[place]
        const expected = sample.expected?.gradients?.[input]
        if (gradient === undefined || expected === undefined) return
        const { relative, absolute } = toleranceOf(gradient.dtype, sample.tolerance)
        const tolerance = { relative: coarser.get(sample.name) ?? relative, absolute }
        expectClose(gradient.dataSync(), expected, tolerance, `${sample.name}: gradient ${input}`)
        counts.statements += expected.length
        // 0 · ∞ would spoil the sum along a unit direction.
        if (numbers.every(Number.isFinite)) expectTangents(floating, at, seeds, place, expected, tolerance, sample.name)
      })
    })
  })
})

/** The composites that a function carries out in one pass. */
const compositesOf = (run: () => unknown): OpEventOf<'composite'>[] => {
  const events: OpEventOf<'composite'>[] = []
  const observer: Recorder = {
    kind: 'observer',
    op: (event) => {
      if (event.op === 'composite') events.push(event)
    },
  }
  const stop = startObserver(observer)
  run()
  stop()
  return events
}

describe('composites have the derivatives of their meaning', () => {
  it('in both modes', () => {
    const names = new Set<string>()
    for (const sample of smooth) {
      scope(() => {
        const { f, at } = placed(sample)
        for (const { inputs, attributes } of compositesOf(() => f(...at))) {
          const { composite, options } = attributes
          const { name } = composite
          const plain: Composite = { name, meaning: (operands, given) => composite.meaning(operands, given) }
          const derive = (which: Composite): readonly (Tensor | undefined)[] => {
            const run = (list: readonly Tensor[]): readonly Tensor[] => applyComposite(which, list, options)
            const { value, pullback } = vjp(run, inputs)
            const weights = (tensors: readonly Tensor[]): Tensor[] =>
              tensors.map(({ shape, size, dtype }) => linspace(-1, 2, size, { dtype }).reshape(shape))
            return [...pullback(weights(value)), ...jvp(run, [inputs], [weights(inputs)]).tangent]
          }
          const expected = derive(plain)
          derive(composite).forEach((actual, place) => {
            const plainly = expected[place]
            // Whole numbers have no gradient, by either way.
            expect(actual === undefined, `${sample.name}: derivative ${place} of ${name}`).toBe(plainly === undefined)
            if (actual === undefined || plainly === undefined) return
            const wanted = plainly.dataSync()
            const largest = Math.max(1, ...[...wanted].map(Math.abs))
            // Both round at every step, in another order.
            const tolerance = toleranceOf('float64', 'contraction', largest)
            expectClose(actual.dataSync(), wanted, tolerance, `${sample.name}: derivative ${place} of ${name}`)
          })
          names.add(name)
          counts.composites += 1
        }
      })
    }
    expect([...names].sort()).toEqual([
      'batchStatistics',
      'crossEntropy',
      'keptMean',
      'linear',
      'logSoftmax',
      'logSumExp',
      'mean',
      'normalize',
      'prod',
      'rmsNormalize',
      'softmax',
    ])
  })
})
