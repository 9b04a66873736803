import { runSamples } from '@chainrule/tensor/testing'
import * as cr from 'chainrule'
import { type Case, cases } from './cases.ts'
import type { HostArray } from './arrays.ts'
import { offerGpu } from './node-gpu.ts'
import { timingOf } from './statistics.ts'
import type { Runner, System } from './system.ts'
import { chainruleSystem } from './systems/chainrule-models.ts'

/**
 * Correctness and speed of the webgpu device on a real adapter, with jax-js and TensorFlow.js on the same one:
 * `node gpu.mjs [--quick] [--json] [--no-peers]`. Needs the npm package `webgpu` (Dawn) beside it where there is no
 * `navigator.gpu`.
 */
const quick = process.argv.includes('--quick')
const json = process.argv.includes('--json')

const report = (row: Readonly<Record<string, string | number>>): void => {
  console.log(json ? JSON.stringify(row) : Object.values(row).join('  '))
}

const attempt = async (name: string, run: () => Promise<void>): Promise<void> => {
  try {
    await run()
  } catch (error) {
    report({
      case: name,
      failed: error instanceof Error ? (error.stack ?? error.message).slice(0, 600) : String(error),
    })
  }
}

/** Deterministic numbers in ±1. */
const numbers = (size: number): Float32Array => {
  const data = new Float32Array(size)
  let state = 1
  for (let place = 0; place < size; place++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    data[place] = state / 2 ** 31 - 1
  }
  return data
}

/** Median milliseconds of one of `batch` runs sent together, with one small read at the end. */
const measure = async (run: () => cr.Tensor, batch: number, repeats: number): Promise<number> => {
  const times: number[] = []
  for (let repeat = 0; repeat < repeats + 2; repeat++) {
    const start = performance.now()
    const last = cr.scope(() => {
      let result = run()
      for (let count = 1; count < batch; count++) {
        result.dispose()
        result = run()
      }
      return result
    })
    await last.flatten().narrow(0, 0, 1).data()
    times.push((performance.now() - start) / batch)
    last.dispose()
  }
  return timingOf(times.slice(2)).median
}

const arraysOf = ({ arrays }: Case): Record<string, HostArray> =>
  Object.fromEntries(
    Object.entries(arrays).map(([key, { shape, scale = 1, positive = false, classes }]) => {
      const size = shape.reduce((product, length) => product * length, 1)
      const base = numbers(size)
      const data =
        classes === undefined
          ? base.map((value) => (positive ? Math.abs(value) : value * scale))
          : Int32Array.from(base, (value) => Math.floor(((value + 1) / 2) * classes * 0.999))
      return [key, { shape, data }]
    }),
  )

await offerGpu()
await cr.setDevice('webgpu')
report({ case: 'adapter', ...(cr.currentDevice().describe() as Record<string, string | number>) })

await attempt('samples', async () => {
  const result = await runSamples('webgpu', { flushesSubnormals: true })
  report({ case: 'samples', ...(JSON.parse(JSON.stringify(result)) as Record<string, string | number>) })
})

await attempt('copy', async () => {
  const size = quick ? 1 << 20 : 1 << 26
  const x = cr.zeros([size])
  const copy = cr.compile((value: cr.Tensor) => value.add(1))
  const time = await measure(() => copy(x), quick ? 2 : 20, 5)
  report({ case: 'copy', bytes: size * 8, median_ms: time, GBps: (size * 8) / time / 1e6 })
})

const hasHalf = cr.currentDevice().features.dtypes.includes('float16')
if (!hasHalf) report({ case: 'float16', skipped: 'the adapter has no shader-f16' })
for (const size of quick ? [64, 256] : [256, 512, 1024, 2048, 4096, 8192]) {
  for (const form of hasHalf ? ['nn', 'nt', 'nn-float16'] : ['nn', 'nt']) {
    await attempt(`matmul-${size}-${form}`, async () => {
      const dtype = form.endsWith('float16') ? 'float16' : 'float32'
      const load = (): cr.Tensor => cr.scope(() => cr.tensor(numbers(size * size), { shape: [size, size] }).to(dtype))
      const [a, b] = [load(), load()]
      const product = cr.compile((x: cr.Tensor, y: cr.Tensor) => x.matmul(form === 'nt' ? y.transpose(0, 1) : y))
      const batch = quick ? 2 : Math.max(4, Math.min(100, Math.round(2e11 / size ** 3)))
      const time = await measure(() => product(a, b), batch, 5)
      report({ case: `matmul-${size}-${form}`, median_ms: time, GFLOPs: (2 * size ** 3) / time / 1e6 })
      product.dispose()
      a.dispose()
      b.dispose()
    })
  }
}

/** The results of chainrule, which those of peers must equal. */
const right = new Map<string, readonly number[]>()

const agree = (each: Case, check: readonly number[]): boolean => {
  const wanted = right.get(each.name)
  if (wanted === undefined) return true
  const scale = Math.max(1e-3, ...wanted.map(Math.abs))
  return wanted.every((value, place) => Math.abs(value - (check[place] ?? NaN)) <= each.tolerance * scale)
}

/** Median and least milliseconds of one run: of training steps one by one, of operations many sent together. */
const timeOf = async (each: Case, runner: Runner): Promise<{ readonly median: number; readonly min: number }> => {
  const times: number[] = []
  const many = quick ? 2 : Math.max(4, Math.min(100, Math.round(4e11 / each.work)))
  for (let run = 0; run < (quick ? 4 : runner.runMany ? 8 : 30); run++) {
    times.push(runner.runMany ? (await runner.runMany(many)) / many : await runner.run())
  }
  return timingOf(times.slice(3))
}

const rateOf = ({ work, unit }: Case, time: number): Record<string, number> =>
  unit === 'flop' ? { GFLOPs: work / time / 1e6 } : { GBps: work / time / 1e6 }

const compare = async (system: System, chosen: readonly Case[]): Promise<void> => {
  for (const each of chosen) {
    await attempt(`${each.name} on ${system.description}`, async () => {
      const runner = await system.prepare(each, arraysOf(each))
      if ('skip' in runner) return report({ case: each.name, system: system.description, skipped: runner.skip })
      const { median, min } = await timeOf(each, runner)
      report({
        case: each.name,
        system: system.description,
        median_ms: median,
        min_ms: min,
        ...rateOf(each, median),
        agrees: String(agree(each, runner.check)),
      })
      if (!right.has(each.name)) right.set(each.name, runner.check)
    })
  }
}

const names = quick
  ? ['W1', 'matmul-64', 'softmax']
  : ['W1', 'W2', 'W3', 'chain', 'softmax', 'layer-norm', 'sum-axis-0']
const compared = cases.filter(
  ({ name }) => names.includes(name) || (!quick && /^matmul-(256|512|1024|2048)$/.test(name)),
)
await compare(chainruleSystem(cr, true, 'chainrule on webgpu'), compared)
if (!process.argv.includes('--no-peers')) {
  // Each is loaded only now: a peer that fails to start leaves the rest alone.
  await attempt('jax-js', async () => {
    const { openOn } = await import('./systems/jax.ts')
    await compare(await openOn('webgpu'), compared)
  })
  await attempt('TensorFlow.js', async () => {
    const { openOnGpu } = await import('./systems/tfjs.ts')
    await compare(await openOnGpu(), compared)
  })
}
process.exit(0)
