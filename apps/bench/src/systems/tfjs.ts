import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { setWasmPaths, version_wasm } from '@tensorflow/tfjs-backend-wasm'
import type { HostArray } from '../arrays.ts'
import type { Case } from '../cases.ts'
import { type Runner, sample, type System, timed } from '../system.ts'

const load = ({ shape, data }: HostArray): tf.Tensor =>
  tf.tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32')

const mlp = async (each: Case, arrays: Readonly<Record<string, HostArray>>): Promise<Runner> => {
  const batches = Number(each.options['batches'])
  const [x, y] = [load(arrays['x'] as HostArray), load(arrays['y'] as HostArray)]
  const inputs = tf.unstack(x) as tf.Tensor2D[]
  const targets = (tf.unstack(y) as tf.Tensor1D[]).map((labels) => tf.oneHot(labels, 10) as tf.Tensor2D)
  const layers = [0, 1, 2]
  const variables = layers.flatMap((layer) => [
    tf.variable(load(arrays[`w${layer}`] as HostArray)),
    tf.variable(load(arrays[`b${layer}`] as HostArray)),
  ])
  const velocities = variables.map((variable) => tf.variable(tf.zerosLike(variable)))
  const loss = (input: tf.Tensor2D, target: tf.Tensor2D): tf.Scalar => {
    let h: tf.Tensor2D = input
    for (const layer of layers) {
      h = tf.add(tf.matMul(h, variables[2 * layer] as tf.Tensor2D, false, true), variables[2 * layer + 1] as tf.Tensor)
      if (layer < 2) h = tf.relu(h)
    }
    return tf.mul(tf.sum(tf.mul(tf.logSoftmax(h), target)), -1 / 128)
  }
  let count = 0
  const train = async (): Promise<number> => {
    const place = count++ % batches
    const value = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => loss(inputs[place] as tf.Tensor2D, targets[place] as tf.Tensor2D))
      const gradients = variables.map(({ name }) => grads[name] as tf.Tensor)
      const norm = tf.sqrt(tf.addN(gradients.map((g) => tf.sum(tf.square(g)))))
      const scale = tf.minimum(tf.div(1, tf.add(norm, 1e-6)), 1)
      variables.forEach((variable, index) => {
        const velocity = velocities[index] as tf.Variable
        velocity.assign(tf.add(tf.mul(velocity, 0.9), tf.mul(gradients[index] as tf.Tensor, scale)))
        variable.assign(tf.sub(variable, tf.mul(velocity, 0.01)))
      })
      return value
    })
    const [result = NaN] = await value.data()
    value.dispose()
    return result
  }
  const check = [await train(), await train(), await train()]
  return {
    check,
    run: async () => {
      const start = performance.now()
      await train()
      return performance.now() - start
    },
  }
}

const functions = (each: Case): ((inputs: readonly tf.Tensor[]) => tf.Tensor) | undefined => {
  const { ta, tb } = each.options
  switch (each.kind) {
    case 'matmul':
      return ([a, b]) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, Boolean(ta), Boolean(tb))
    case 'chain':
      return ([a, b]) =>
        tf.tidy(() =>
          tf.mul(tf.sub(tf.tanh(tf.add(tf.mul(a as tf.Tensor, b as tf.Tensor), a as tf.Tensor)), b as tf.Tensor), 0.5),
        )
    case 'softmax':
      return ([x]) => tf.softmax(x as tf.Tensor)
    case 'layerNorm':
      return ([x]) =>
        tf.tidy(() => {
          const { mean, variance } = tf.moments(x as tf.Tensor, 1, true)
          return tf.div(tf.sub(x as tf.Tensor, mean), tf.sqrt(tf.add(variance, 1e-5)))
        })
    case 'sum':
      return ([x]) => tf.sum(x as tf.Tensor, 0)
    case 'add':
      return ([a, b]) => tf.add(a as tf.Tensor, b as tf.Tensor)
    case 'mlp':
    case 'cnn':
    case 'transformer':
      return undefined
  }
}

/** Waits until a result is there, by its first element; the wasm backend has computed it already. */
const arrived = async (result: tf.Tensor): Promise<void> => {
  if (tf.getBackend() === 'wasm') return
  const first = tf.tidy(() => result.flatten().slice(0, 1))
  await first.data()
  first.dispose()
}

const system = (backend: 'wasm' | 'webgpu', description: string): System => ({
  description,
  prepare: async (each, arrays) => {
    if (each.kind === 'mlp') return mlp(each, arrays)
    if (each.kind === 'cnn' && backend === 'wasm')
      return { skip: 'cannot train it: no Conv2DBackpropFilter in its wasm backend' }
    const f = functions(each)
    if (f === undefined) return { skip: 'not ported' }
    const inputs = Object.values(arrays).map(load)
    const first = f(inputs)
    const check = sample(await first.data())
    first.dispose()
    const repeats = Number(each.options['repeats'] ?? 1)
    const runMany = async (count: number): Promise<number> => {
      const start = performance.now()
      for (let done = 1; done < count; done++) f(inputs).dispose()
      const last = f(inputs)
      await arrived(last)
      const time = performance.now() - start
      last.dispose()
      return time
    }
    return {
      check,
      run:
        backend === 'wasm'
          ? () =>
              timed(() => {
                for (let count = 0; count < repeats; count++) f(inputs).dispose()
              })
          : () => runMany(repeats),
      runMany,
    }
  },
})

export const open = async (): Promise<System> => {
  const require = createRequire(import.meta.url)
  setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'))}/`)
  await tf.setBackend('wasm')
  await tf.ready()
  return system('wasm', `TensorFlow.js ${tf.version_core}, wasm ${version_wasm}`)
}

/** TensorFlow.js on `navigator.gpu`, which has to be there before. */
export const openOnGpu = async (): Promise<System> => {
  await import('@tensorflow/tfjs-backend-webgpu')
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js has no webgpu here')
  await tf.ready()
  return system('webgpu', `TensorFlow.js ${tf.version_core}, webgpu`)
}
