import '@chainrule/autograd'
import { compile } from '@chainrule/compiler'
import { generatedDigits, loadIdx } from '@chainrule/data'
import { Linear, ReLU, Sequential } from '@chainrule/layers'
import { crossEntropy } from '@chainrule/losses'
import { Adam, clipGradNorm, SGD } from '@chainrule/optimizers'
import { manualSeed, memory, scope, setDevice, tensor, type Tensor } from '@chainrule/tensor'
import '@chainrule/wasm'
import { afterAll, describe, expect, it, vi } from 'vitest'
import './index.js'
import { requestDevice } from './request-device.js'
import { countedDevice } from './testing/counted-device.js'
import { sharedData } from '../../../scripts/shared-data.js'

interface Batch {
  readonly images: Float32Array
  readonly labels: Int32Array
}

/** Batches of images with their labels, from arrays of bytes 0 … 255. */
const batchesOf = (pixels: ArrayLike<number>, labels: ArrayLike<number>, size: number, count: number): Batch[] =>
  Array.from({ length: count }, (_, number) => ({
    images: Float32Array.from({ length: size * 784 }, (__, at) => (pixels[number * size * 784 + at] ?? 0) / 255),
    labels: Int32Array.from({ length: size }, (__, at) => labels[number * size + at] ?? 0),
  }))

const upload = ({ images, labels }: Batch): [Tensor, Tensor] => [
  tensor(images, { shape: [labels.length, 784] }),
  tensor(labels),
]

/** Losses of a compiled training run on the current device. */
const train = async (batches: readonly Batch[], hidden: number): Promise<number[]> => {
  manualSeed(1)
  const network = new Sequential(new Linear(784, hidden), new ReLU(), new Linear(hidden, 10))
  const optimizer = new Adam(network.parameters(), { lr: 0.01 })
  const step = compile((images: Tensor, labels: Tensor) => {
    optimizer.zeroGrad()
    const loss = crossEntropy(network.forward(images), labels)
    loss.backward()
    optimizer.step()
    return loss
  })
  const losses: number[] = []
  for (const batch of batches) {
    const loss = scope(() => step(...upload(batch)))
    losses.push(Number(await loss.item()))
    loss.dispose()
  }
  step.dispose()
  return losses
}

/**
 * Losses of thirty Adam steps: sums in another order differ by about 1e-6 of their size, and each step hands its
 * difference on; Adam divides by the root of small squares, which makes it larger.
 */
const drift = 2e-3

afterAll(async () => {
  await setDevice('reference')
})

describe('training', () => {
  it('on generated digits lowers the loss', async () => {
    await setDevice('webgpu')
    const { images, labels } = generatedDigits({ count: 32 * 45, seed: 3 })
    // The drawn pixels are 0 … 1 already.
    const [pixels, classes] = [(await images.data()).map((value) => value * 255), await labels.data()]
    const losses = await train(batchesOf(pixels, classes, 32, 45), 32)
    expect(losses[0]).toBeGreaterThan(2)
    expect(losses.at(-1)).toBeLessThan(1)
  })

  it('on MNIST gives the same loss curve on reference, wasm and webgpu', async (context) => {
    const imageFile = sharedData(context, 'mnist/train-images-idx3-ubyte.gz')
    const labelFile = sharedData(context, 'mnist/train-labels-idx1-ubyte.gz')
    await setDevice('reference')
    const [images, labels] = [await loadIdx(imageFile), await loadIdx(labelFile)]
    const [pixels, classes] = await Promise.all([
      images.narrow(0, 0, 32 * 30).data(),
      labels.narrow(0, 0, 32 * 30).data(),
    ])
    const batches = batchesOf(pixels, classes, 32, 30)
    const curves: number[][] = []
    for (const name of ['reference', 'wasm', 'webgpu'] as const) {
      await setDevice(name)
      curves.push(await train(batches, 32))
    }
    const [right = [], ...others] = curves
    expect(right.at(-1)).toBeLessThan(1)
    for (const curve of others)
      curve.forEach((loss, at) => expect(Math.abs(loss - (right[at] ?? NaN))).toBeLessThan(drift))
  })
})

describe('a device that is lost in the middle of a step', () => {
  const batchOf = (number: number): [Tensor, Tensor] => [
    tensor(
      Float32Array.from({ length: 8 * 6 }, (_, at) => (((at + number) * 37) % 61) / 61),
      { shape: [8, 6] },
    ),
    tensor(Int32Array.from({ length: 8 }, (_, at) => (at + number) % 3)),
  ]

  const learner = () => {
    manualSeed(5)
    const network = new Sequential(new Linear(6, 16), new ReLU(), new Linear(16, 3))
    const optimizer = new SGD(network.parameters(), { lr: 0.1 })
    const step = compile((inputs: Tensor, labels: Tensor) => {
      optimizer.zeroGrad()
      const loss = crossEntropy(network.forward(inputs), labels)
      loss.backward()
      optimizer.step()
      return loss
    })
    const run = async (number: number): Promise<number> => {
      const loss = scope(() => step(...batchOf(number)))
      return Number(await loss.item())
    }
    return { network, run }
  }

  const copyOf = async (network: Sequential): Promise<[string, number[], readonly number[]][]> =>
    Promise.all(
      Object.entries(network.stateDict()).map(async ([key, value]): Promise<[string, number[], readonly number[]]> => [
        key,
        Array.from(await value.data()),
        value.shape,
      ]),
    )

  it('rejects what was under way; training goes on from a copy on a new device as if nothing had been', async () => {
    await setDevice('webgpu')
    const whole = learner()
    const right: number[] = []
    for (let number = 0; number < 6; number++) right.push(await whole.run(number))

    const onLost = vi.fn()
    const { gpuDevice } = await requestDevice()
    await setDevice('webgpu', { gpuDevice, onLost })
    const before = learner()
    const losses: number[] = []
    for (let number = 0; number < 3; number++) losses.push(await before.run(number))
    const copy = await copyOf(before.network)
    const underWay = before.run(3)
    gpuDevice.destroy()
    await expect(underWay).rejects.toThrow(/the GPU device was lost/)
    await vi.waitFor(() => expect(onLost).toHaveBeenCalledTimes(1))
    expect(() => before.network.stateDict()).toThrow(/the GPU device was lost/)

    await setDevice('webgpu')
    const after = learner()
    after.network.loadStateDict(
      Object.fromEntries(copy.map(([key, data, shape]) => [key, tensor(Float32Array.from(data), { shape })])),
    )
    for (let number = 3; number < 6; number++) losses.push(await after.run(number))
    // The same kernels on the same numbers.
    expect(losses).toEqual(right)
  })
})

/** The first step of the benchmarks: 784 → 512 → 256 → 10, batch 128, momentum, gradients clipped to norm 1. */
const benchmarkStep = () => {
  const network = new Sequential(
    new Linear(784, 512),
    new ReLU(),
    new Linear(512, 256),
    new ReLU(),
    new Linear(256, 10),
  )
  const optimizer = new SGD(network.parameters(), { lr: 0.01, momentum: 0.9 })
  return (images: Tensor, labels: Tensor): Tensor => {
    optimizer.zeroGrad()
    const loss = crossEntropy(network.forward(images), labels)
    loss.backward()
    clipGradNorm(network.parameters(), 1)
    optimizer.step()
    return loss
  }
}

const batch: Batch = {
  images: Float32Array.from({ length: 128 * 784 }, (_, at) => ((at * 37) % 255) / 255),
  labels: Int32Array.from({ length: 128 }, (_, at) => at % 10),
}

/** What three steps ask of the GPU, after two that may still make things. */
const countSteps = async (
  step: (images: Tensor, labels: Tensor) => Tensor,
  during: Awaited<ReturnType<typeof countedDevice>>['during'],
): ReturnType<typeof during> => {
  const run = async (): Promise<void> => {
    const loss = scope(() => step(...upload(batch)))
    await loss.item()
    loss.dispose()
  }
  await run()
  await run()
  return during(async () => {
    for (let count = 0; count < 3; count++) await run()
  })
}

describe('a training step', () => {
  it('that is compiled is one submit, without new pipelines or buffers after the second', async () => {
    const { gpuDevice, during } = await countedDevice()
    await setDevice('webgpu', { gpuDevice })
    const step = compile(benchmarkStep())
    const counts = await countSteps(step, during)
    expect(counts).toMatchObject({ submits: 3, pipelines: 0, buffers: 0 })
    expect(step.stats().submits).toBe(1)
    // Products with few results take a second dispatch, which sums their parts.
    expect(counts.dispatches / 3).toBeLessThanOrEqual(1.5 * step.stats().dispatches)
    console.log(`a compiled step: ${String(counts.dispatches / 3)} dispatches`, step.stats())
  })

  it('that is eager is one submit, without new pipelines or buffers after the second', async () => {
    const { gpuDevice, during } = await countedDevice()
    await setDevice('webgpu', { gpuDevice })
    const step = benchmarkStep()
    const counts = await countSteps(step, during)
    console.log(`an eager step: ${String(counts.dispatches / 3)} dispatches`)
    expect(counts).toMatchObject({ submits: 3, pipelines: 0, buffers: 0 })
  })

  it('leaves memory flat over ten thousand small ones', { timeout: 300_000 }, async () => {
    const { gpuDevice, counts } = await countedDevice()
    await setDevice('webgpu', { gpuDevice })
    const network = new Linear(4, 3)
    const optimizer = new SGD(network.parameters(), { lr: 0.01 })
    const run = async (isRead: boolean): Promise<void> => {
      const loss = scope(() => {
        optimizer.zeroGrad()
        const value = network.forward(tensor([[1, 2, 3, 4]])).sum()
        value.backward()
        optimizer.step()
        return value
      })
      if (isRead) await loss.item()
      loss.dispose()
    }
    for (let count = 0; count < 200; count++) await run(count % 10 === 0)
    const { bytes } = memory()
    const { bufferBytes, pipelines, bindGroups } = counts
    for (let count = 0; count < 10_000; count++) await run(count % 50 === 0)
    expect(counts).toMatchObject({ bufferBytes, pipelines, bindGroups })
    // Garbage of earlier tests may have gone meanwhile.
    expect(memory().bytes).toBeLessThanOrEqual(bytes)
  })
})
