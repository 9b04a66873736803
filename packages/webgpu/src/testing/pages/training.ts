import '@chainrule/autograd'
import { compile } from '@chainrule/compiler'
import { generatedDigits } from '@chainrule/data'
import { Linear, ReLU, Sequential } from '@chainrule/layers'
import { crossEntropy } from '@chainrule/losses'
import { Adam } from '@chainrule/optimizers'
import { decodeCheckpoint, encodeCheckpoint } from '@chainrule/serialize'
import { manualSeed, scope, setDevice, tensor, type Tensor } from '@chainrule/tensor'
import { answerTest, logToTest } from '../../../../../scripts/browser/page.js'
import '../../register.js'
import { requestDevice } from '../../request-device.js'
import { countedDevice, type Counts } from '../counted-device.js'

/** What the page answers. */
export interface TrainingReport {
  /** Of a run that nothing disturbed. */
  readonly losses: readonly number[]
  /** What its last ten steps asked of the device. */
  readonly counts: Counts
  /** Of a run whose device was lost: up to the loss, and from the checkpoint on. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** What the read under way, the next step and a new tensor said. */
  readonly errors: readonly string[]
  /** What `onLost` was told. */
  readonly reasons: readonly string[]
}

const batchSize = 32
const steps = 30
/** Steps before the checkpoint, and before the loss. */
const saved = 10
const lost = 14

interface Batch {
  readonly pixels: Float32Array
  readonly labels: Int32Array
}

const makeBatches = async (): Promise<readonly Batch[]> => {
  await setDevice('reference')
  const { images, labels } = generatedDigits({ count: batchSize * steps, seed: 3 })
  const [pixels, classes] = [Float32Array.from(await images.data()), Int32Array.from(await labels.data())]
  return Array.from({ length: steps }, (_, at) => ({
    pixels: pixels.slice(at * batchSize * 784, (at + 1) * batchSize * 784),
    labels: classes.slice(at * batchSize, (at + 1) * batchSize),
  }))
}

const makeRun = () => {
  manualSeed(1)
  const network = new Sequential(new Linear(784, 32), new ReLU(), new Linear(32, 10))
  const optimizer = new Adam(network.parameters(), { lr: 0.01 })
  const compiled = compile((images: Tensor, labels: Tensor) => {
    optimizer.zeroGrad()
    const loss = crossEntropy(network.forward(images), labels)
    loss.backward()
    optimizer.step()
    return loss
  })
  const step = (batch: Batch | undefined): Tensor => {
    if (batch === undefined) throw new RangeError('there is no such batch')
    return scope(() => compiled(tensor(batch.pixels, { shape: [batchSize, 784] }), tensor(batch.labels)))
  }
  const train = async (batches: readonly Batch[]): Promise<number[]> => {
    const losses: number[] = []
    for (const batch of batches) {
      const loss = step(batch)
      losses.push(Number(await loss.item()))
      loss.dispose()
    }
    return losses
  }
  return { network, optimizer, step, train }
}

const messageOf = async (action: () => unknown): Promise<string> => {
  try {
    await action()
    return 'no error'
  } catch (error) {
    return String(error)
  }
}

await answerTest(async (): Promise<TrainingReport> => {
  const batches = await makeBatches()
  const counted = await countedDevice()
  await setDevice('webgpu', { gpuDevice: counted.gpuDevice })
  const whole = makeRun()
  const losses = await whole.train(batches.slice(0, steps - 10))
  const counts = await counted.during(async () => losses.push(...(await whole.train(batches.slice(steps - 10)))))
  logToTest(`undisturbed: ${losses.join(' ')}`)

  const { gpuDevice } = await requestDevice()
  const reasons: string[] = []
  await setDevice('webgpu', { gpuDevice, onLost: (reason) => reasons.push(reason) })
  const disturbed = makeRun()
  const { network, optimizer } = disturbed
  const before = await disturbed.train(batches.slice(0, saved))
  const checkpoint = await encodeCheckpoint({ network, optimizer })
  before.push(...(await disturbed.train(batches.slice(saved, lost))))
  const loss = disturbed.step(batches[lost])
  const underWay = messageOf(() => loss.item())
  gpuDevice.destroy()
  const errors = [await underWay, await messageOf(() => disturbed.step(batches[lost]).item())]
  await gpuDevice.lost
  errors.push(await messageOf(() => tensor([1], { device: 'reference' }).to('webgpu')))
  logToTest(`lost: ${errors.join('\n')}`)

  await setDevice('webgpu')
  const decoded = decodeCheckpoint<{
    network: Record<string, Tensor>
    optimizer: ReturnType<typeof optimizer.stateDict>
  }>(checkpoint)
  network.loadStateDict(decoded.network)
  optimizer.loadStateDict(decoded.optimizer)
  const after = await disturbed.train(batches.slice(saved))
  return { losses, counts, before, after, errors, reasons }
})
