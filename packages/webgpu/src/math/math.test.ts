import { describe, expect, test } from 'vitest'
import { requestDevice } from '../request-device.js'
import { exponential, exponentialMinusOne, hyperbolicTangent, sigmoid } from './exponential.js'
import { errorFunction } from './error-function.js'
import { logarithm, logarithmOfOnePlus } from './logarithm.js'
import { power } from './power.js'
import { arcTangent, cosine, sine } from './trigonometric.js'
import { functionsText, type WgslFunction } from './wgsl-function.js'

const { gpuDevice } = await requestDevice()

/** Values of a WGSL function of two numbers at many places. */
const evaluate = async (callee: WgslFunction, call: string, xs: Float32Array, ys = xs): Promise<Float32Array> => {
  const code = `${functionsText([callee])}
@group(0) @binding(0) var<storage, read> xs: array<f32>;
@group(0) @binding(1) var<storage, read> ys: array<f32>;
@group(0) @binding(2) var<storage, read_write> results: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) at: vec3<u32>) {
  if (at.x >= arrayLength(&xs)) { return; }
  let x = xs[at.x];
  let y = ys[at.x];
  results[at.x] = ${call};
}`
  const bytes = xs.byteLength
  const upload = (data: Float32Array): GPUBuffer => {
    const buffer = gpuDevice.createBuffer({ size: bytes, usage: 0x80 | 0x8 })
    gpuDevice.queue.writeBuffer(buffer, 0, data)
    return buffer
  }
  const output = gpuDevice.createBuffer({ size: bytes, usage: 0x80 | 0x4 })
  const staging = gpuDevice.createBuffer({ size: bytes, usage: 0x1 | 0x8 })
  const pipeline = gpuDevice.createComputePipeline({
    layout: 'auto',
    compute: { module: gpuDevice.createShaderModule({ code }) },
  })
  const buffers = [upload(xs), upload(ys), output]
  const encoder = gpuDevice.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }))
  pass.setBindGroup(0, gpuDevice.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
  pass.dispatchWorkgroups(Math.ceil(xs.length / 64))
  pass.end()
  encoder.copyBufferToBuffer(output, 0, staging, 0, bytes)
  gpuDevice.queue.submit([encoder.finish()])
  await staging.mapAsync(0x1)
  return new Float32Array(staging.getMappedRange().slice(0))
}

/** Distance in units of the last place of the right value. */
const unitsApart = (got: number, right: number): number => {
  if (Object.is(got, Math.fround(right)) || (Number.isNaN(got) && Number.isNaN(right))) return 0
  if (!Number.isFinite(got) || !Number.isFinite(Math.fround(right))) return got === Math.fround(right) ? 0 : Infinity
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(right) || 2 ** -200)), -126)
  return Math.abs(got - right) / 2 ** (exponent - 23)
}

/** Numbers spread evenly between two bounds. */
const linear = (low: number, high: number, count = 20000): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => low + ((high - low) * index) / (count - 1))

/** Numbers of both signs spread evenly over magnitudes. */
const magnitudes = (low: number, high: number, count = 20000): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => (index % 2 ? -1 : 1) * low * (high / low) ** (index / (count - 1)))

/** erf by its series near 0, by the continued fraction of erfc far from it. */
const erf = (x: number): number => {
  const size = Math.abs(x)
  if (size > 6) return Math.sign(x)
  let term = size
  let sum = size
  for (let n = 1; n < 200; n++) {
    term *= (-size * size) / n
    sum += term / (2 * n + 1)
  }
  if (size < 3) return (Math.sign(x) * sum * 2) / Math.sqrt(Math.PI)
  let fraction = 0
  for (let n = 100; n > 0; n--) fraction = n / 2 / (size + fraction)
  return Math.sign(x) * (1 - Math.exp(-size * size) / (Math.sqrt(Math.PI) * (size + fraction)))
}

const special = Float32Array.of(0, Infinity, -Infinity, NaN)

/** Largest errors that follow from the polynomials and the reductions, in units of the last place. */
const cases: readonly {
  name: string
  callee: WgslFunction
  right: (x: number) => number
  ranges: readonly Float32Array[]
  units: number
}[] = [
  { name: 'exp', callee: exponential, right: Math.exp, ranges: [linear(-87, 88.7), linear(-1, 1)], units: 2 },
  {
    name: 'expm1',
    callee: exponentialMinusOne,
    right: Math.expm1,
    ranges: [linear(-30, 88), magnitudes(1e-8, 1)],
    units: 3,
  },
  {
    name: 'log',
    callee: logarithm,
    right: Math.log,
    ranges: [linear(0.3, 3), magnitudes(1e-37, 1e38).map(Math.abs)],
    units: 2,
  },
  {
    name: 'log1p',
    callee: logarithmOfOnePlus,
    right: Math.log1p,
    ranges: [linear(-0.99, 3), magnitudes(1e-8, 0.5)],
    units: 4,
  },
  {
    name: 'tanh',
    callee: hyperbolicTangent,
    right: Math.tanh,
    ranges: [linear(-10, 10), magnitudes(1e-8, 1)],
    units: 3,
  },
  { name: 'sigmoid', callee: sigmoid, right: (x) => 1 / (1 + Math.exp(-x)), ranges: [linear(-80, 20)], units: 4 },
  { name: 'erf', callee: errorFunction, right: erf, ranges: [linear(-5, 5), magnitudes(1e-8, 1)], units: 2 },
  // Near a zero of the function the error is small against 1, not against the value: cos(π/2) in float32.
  { name: 'sin', callee: sine, right: Math.sin, ranges: [linear(-20, 20), magnitudes(1e-8, 3e38)], units: 3 },
  { name: 'cos', callee: cosine, right: Math.cos, ranges: [linear(-20, 20), magnitudes(1e-8, 3e38)], units: 3 },
  { name: 'atan', callee: arcTangent, right: Math.atan, ranges: [linear(-5, 5), magnitudes(1e-8, 1e20)], units: 3 },
]

/** Bit patterns where all NaN are one. */
const bitsOf = (values: Float32Array): number[] =>
  [...values].map((value) =>
    Number.isNaN(value) ? 0x7fc00000 : (new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0),
  )

describe('scalar functions in WGSL', () => {
  test.each(cases)('$name is within $units units in the last place', async ({ callee, right, ranges, units }) => {
    for (const xs of ranges) {
      const got = await evaluate(callee, `${callee.name}(x)`, xs)
      let worst = 0
      let place = 0
      got.forEach((value, index) => {
        const x = xs[index] ?? 0
        const apart = unitsApart(value, right(x))
        if (apart > worst) [worst, place] = [apart, x]
      })
      expect(worst, `at ${String(place)}`).toBeLessThan(units)
    }
  })

  test.each(cases)('$name has the bits of IEEE arithmetic at zeros, infinities and NaN', async ({ callee, right }) => {
    const got = await evaluate(callee, `${callee.name}(x)`, special)
    expect(bitsOf(got)).toEqual(bitsOf(special.map(right)))
  })

  test('pow is within 2 units in the last place', async () => {
    const xs = magnitudes(1e-3, 1e3).map(Math.abs)
    for (const ys of [
      linear(-12, 12),
      linear(0.4, 0.6),
      Float32Array.from(xs, () => 2),
      Float32Array.from(xs, () => -3),
    ]) {
      const got = await evaluate(power, 'pow_of(x, y)', xs, ys)
      const worst = Math.max(...got.map((value, index) => unitsApart(value, (xs[index] ?? 0) ** (ys[index] ?? 0))))
      expect(worst).toBeLessThan(2)
    }
  })

  test('pow has the special values of C, which JavaScript has but for bases of one', async () => {
    const values = [0, -0, 1, -1, 2, -2, 0.5, 3, 1e30, -1e30, Infinity, -Infinity, NaN]
    const pairs = values.flatMap((x) => values.map((y): [number, number] => [x, y]))
    const right = ([x, y]: [number, number]): number =>
      x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.fround(x) ** Math.fround(y)
    const xs = Float32Array.from(pairs, ([x]) => x)
    const ys = Float32Array.from(pairs, ([, y]) => y)
    const got = await evaluate(power, 'pow_of(x, y)', xs, ys)
    const isExact = (value: number): boolean =>
      !Number.isFinite(value) || Math.abs(Math.log2(Math.abs(value))) % 1 === 0
    pairs.forEach((pair, index) => {
      const wanted = Math.fround(right(pair))
      const apart = unitsApart(got[index] ?? 0, wanted)
      expect(apart, `${String(pair)} → ${String(got[index])}`).toBeLessThan(isExact(wanted) || wanted === 0 ? 1e-9 : 2)
    })
  })
})
