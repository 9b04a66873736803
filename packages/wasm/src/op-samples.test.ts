import { manualSeed, randn, scope, setDevice, tensor, type TypedArray } from '@chainrule/tensor'
import { opSamples, runSample, runSamples } from '@chainrule/tensor/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { compareGradients } from '../../../scripts/op-samples/compare-gradients.js'
import './register.js'

/** The bytes of results, as comparing large arrays element by element takes seconds. */
const bytesOf = (results: readonly TypedArray[]): Buffer =>
  Buffer.concat(results.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)))

/** Thousands of samples, each with code of its own: seconds on a busy machine. */
const patience = 120_000

afterAll(async () => {
  await setDevice('reference')
})

describe('the wasm device', () => {
  it(
    'gives what the reference device gives for every op sample',
    async () => {
      await setDevice('wasm', { threads: 1 })
      const counts = await runSamples('wasm')
      console.log(`wasm: ${counts.samples} samples of ${counts.ops} ops, ${counts.elements} elements`)
      expect(counts.samples).toBeGreaterThan(opSamples.length)
      expect(counts.leftOut).toEqual([])
    },
    patience,
  )

  it(
    'gives the gradients of the reference device for every op sample that has some',
    async () => {
      await setDevice('wasm', { threads: 1 })
      const counts = await compareGradients('wasm')
      console.log(`wasm: gradients of ${counts.samples} samples of ${counts.ops} ops, ${counts.elements} elements`)
      expect(counts.samples).toBeGreaterThan(opSamples.length)
      expect(counts.leftOut).toEqual([])
    },
    patience,
  )

  it(
    'gives the same bits for every op sample with 1, 2 and 3 threads',
    async () => {
      const runs = []
      for (const threads of [1, 2, 3]) {
        await setDevice('wasm', { threads })
        const outputs = []
        for (const sample of opSamples) outputs.push(bytesOf((await runSample(sample, 'wasm')).map(({ data }) => data)))
        runs.push(outputs)
      }
      expect(runs[1]).toEqual(runs[0])
      expect(runs[2]).toEqual(runs[0])
    },
    patience,
  )

  it(
    'gives the same bits for work that is shared with 1, 2 and 3 threads',
    async () => {
      const runs = []
      for (const threads of [1, 2, 3]) {
        await setDevice('wasm', { threads })
        // The first kernels run while workers come up; what they compute must not depend on who joined when.
        for (let repeat = 0; repeat < 3; repeat++) {
          manualSeed(7)
          runs.push(
            scope(() => {
              const x = randn([300, 400])
              const w = randn([400, 500])
              const y = x.matmul(w).add(tensor(0.5)).tanh()
              return bytesOf([y.softmax(-1), y.sum(0), y.transpose(0, 1).matmul(x)].map((result) => result.dataSync()))
            }),
          )
          await new Promise((resolve) => setTimeout(resolve, 60))
        }
      }
      for (const run of runs) expect(run.equals(runs[0] ?? Buffer.alloc(0))).toBe(true)
    },
    patience,
  )
})
