import '@chainrule/autograd'
import { compile } from '@chainrule/compiler'
import { Linear, ReLU, Sequential } from '@chainrule/layers'
import { crossEntropy } from '@chainrule/losses'
import { clipGradNorm, SGD } from '@chainrule/optimizers'
import { manualSeed, scope, tensor, type Tensor } from '@chainrule/tensor'
import { useWasmDevice } from './use-wasm-device.js'

/** What a process that has just begun prints of its first training steps. */
export interface StartUpReport {
  readonly loss: number
  /** From the start of the process until everything was imported. */
  readonly importMilliseconds: number
  /** The first step, from the start of the device on. */
  readonly stepMilliseconds: number
  /** Generating and compiling the kernels of the first step. */
  readonly compileMilliseconds: number
  readonly modules: number
  /** Modules compiled by further eager steps, by batch size. */
  readonly eagerModules: Readonly<Record<number, number>>
  /** Modules compiled by steps that are compiled as a whole, by batch size, in order. */
  readonly compiledModules: Readonly<Record<number, number>>
}

const imported = performance.now()
const device = await useWasmDevice({ threads: 2 })
manualSeed(1)
const network = new Sequential(new Linear(784, 512), new ReLU(), new Linear(512, 256), new ReLU(), new Linear(256, 10))
const optimizer = new SGD(network.parameters(), { lr: 0.1, momentum: 0.9 })
const step = (images: Tensor, labels: Tensor): Tensor => {
  optimizer.zeroGrad()
  const loss = crossEntropy(network.forward(images), labels)
  loss.backward()
  clipGradNorm(network.parameters(), 1)
  optimizer.step()
  return loss
}

const run = (train: typeof step, batchSize: number): number => {
  const pixels = Float32Array.from({ length: batchSize * 784 }, (_, at) => ((at * 37) % 256) / 255)
  const labels = Int32Array.from({ length: batchSize }, (_, at) => at % 10)
  const loss = scope(() => train(tensor(pixels, { shape: [batchSize, 784] }), tensor(labels)))
  const [value = NaN] = loss.dataSync()
  loss.dispose()
  return value
}

/** How many modules further steps compile, the first batch size first. */
const modulesOf = (train: typeof step): Record<number, number> =>
  Object.fromEntries(
    [128, 37, 1, 200].map((batchSize) => {
      const before = device.compiledModules
      run(train, batchSize)
      return [batchSize, device.compiledModules - before]
    }),
  )

const loss = run(step, 128)
const stepMilliseconds = performance.now() - imported
const compileMilliseconds = Number(device.describe()['compileMilliseconds'])
const modules = device.compiledModules
const report: StartUpReport = {
  loss,
  importMilliseconds: imported,
  stepMilliseconds,
  compileMilliseconds,
  modules,
  eagerModules: modulesOf(step),
  compiledModules: modulesOf(compile(step)),
}
console.log(JSON.stringify(report))
