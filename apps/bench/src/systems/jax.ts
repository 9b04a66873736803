import * as jax from '@jax-js/jax'
import bench from '../../package.json' with { type: 'json' }
import type { HostArray } from '../arrays.ts'
import type { Case } from '../cases.ts'
import { type Runner, sample, type System, timed } from '../system.ts'

const { numpy: np, nn } = jax
type Value = ReturnType<typeof np.array>

const load = ({ shape, data }: HostArray): Value => np.array(data as Float32Array).reshape([...shape])

const part = ({ shape, data }: HostArray, place: number): Value => {
  const rest = shape.slice(1)
  const size = rest.reduce((product, length) => product * length, 1)
  return np.array(data.slice(place * size, (place + 1) * size) as Float32Array).reshape(rest)
}

type Parameters = { w: Value[]; b: Value[] }

/** Gradient, clipping to norm 1 and momentum 0.9 in one jitted step, as jax-js's own examples train. */
const mlp = async (each: Case, arrays: Readonly<Record<string, HostArray>>): Promise<Runner> => {
  const { x, y } = arrays
  if (x === undefined || y === undefined) throw new Error('W1 lacks its data')
  const batches = Number(each.options['batches'])
  const inputs = Array.from({ length: batches }, (_, place) => part(x, place))
  const targets = Array.from({ length: batches }, (_, place) => nn.oneHot(part(y, place), 10))
  const loss = ({ w, b }: Parameters, input: Value, target: Value): Value => {
    let h = input
    w.forEach((weight, layer) => {
      h = np.matmul(h, np.transpose(weight)).add(b[layer] as Value)
      if (layer < w.length - 1) h = nn.relu(h)
    })
    return nn
      .logSoftmax(h, -1)
      .mul(target)
      .sum()
      .mul(-1 / 128)
  }
  const step = jax.jit((parameters: Parameters, velocity: Parameters, input: Value, target: Value) => {
    const kept = jax.tree.ref(parameters)
    const [value, gradients] = jax.valueAndGrad(loss)(parameters, input, target)
    const all = [...gradients.w, ...gradients.b]
    const norm = np.sqrt(all.map((g) => np.square(g.ref).sum()).reduce((a, b) => a.add(b)))
    const scale = np.minimum(np.reciprocal(norm.add(1e-6)), 1)
    const updated = (v: Value[], g: Value[]): Value[] =>
      v.map((old, place) => old.mul(0.9).add((g[place] as Value).mul(scale.ref)))
    const next = { w: updated(velocity.w, gradients.w), b: updated(velocity.b, gradients.b) }
    scale.dispose()
    const moved = (p: Value[], v: Value[]): Value[] => p.map((old, place) => old.sub((v[place] as Value).ref.mul(0.01)))
    return { value, velocity: next, parameters: { w: moved(kept.w, next.w), b: moved(kept.b, next.b) } }
  })
  const layers = [0, 1, 2]
  let parameters: Parameters = {
    w: layers.map((layer) => load(arrays[`w${layer}`] as HostArray)),
    b: layers.map((layer) => load(arrays[`b${layer}`] as HostArray)),
  }
  let velocity: Parameters = {
    w: parameters.w.map((value) => np.zerosLike(value.ref)),
    b: parameters.b.map((value) => np.zerosLike(value.ref)),
  }
  let count = 0
  const train = async (): Promise<number> => {
    const place = count++ % batches
    const result = step(parameters, velocity, (inputs[place] as Value).ref, (targets[place] as Value).ref)
    ;({ parameters, velocity } = result)
    return (await result.value.data())[0] as number
  }
  const check = [await train(), await train(), await train()]
  return {
    check,
    run: async () => {
      const start = performance.now()
      await train()
      await jax.blockUntilReady(parameters.w[0]?.ref)
      return performance.now() - start
    },
  }
}

const functions: Partial<Record<Case['kind'], (...inputs: Value[]) => Value>> = {
  chain: (a, b) => np.tanh(a.ref.mul(b.ref).add(a)).sub(b).mul(0.5),
  softmax: (x) => nn.softmax(x, -1),
  sum: (x) => x.sum(0),
}

const forward = async (each: Case, arrays: Readonly<Record<string, HostArray>>): Promise<Runner | { skip: string }> => {
  const inputs = Object.values(arrays).map(load)
  const { ta, tb, repeats } = each.options
  const turned = (x: Value, turn: unknown): Value => (turn ? np.transpose(x) : x)
  const f =
    each.kind === 'matmul'
      ? (a: Value, b: Value) => np.matmul(turned(a, ta), turned(b, tb))
      : each.kind === 'add'
        ? (a: Value, b: Value) => a.add(b)
        : functions[each.kind]
  if (f === undefined) return { skip: 'not ported' }
  const jitted = each.kind === 'add' ? f : jax.jit(f as (...values: Value[]) => Value)
  const call = (): Value => jitted(...inputs.map((value) => value.ref))
  const result = await call().data()
  if (each.kind === 'add') {
    return {
      check: sample(result as Float32Array),
      run: () =>
        timed(() => {
          for (let count = 0; count < Number(repeats); count++) call().dispose()
        }),
    }
  }
  const runMany = async (count: number): Promise<number> => {
    const start = performance.now()
    for (let done = 1; done < count; done++) call().dispose()
    const value = call()
    await jax.blockUntilReady(value.ref)
    const time = performance.now() - start
    value.dispose()
    return time
  }
  return { check: sample(result as Float32Array), run: () => runMany(1), runMany }
}

/** jax-js on one of its devices. */
export const openOn = async (device: 'wasm' | 'webgpu'): Promise<System> => {
  const found = await jax.init(device)
  if (!found.includes(device)) throw new Error(`jax-js has no ${device} here`)
  jax.defaultDevice(device)
  return {
    description: `jax-js ${bench.dependencies['@jax-js/jax']}, ${device}`,
    prepare: async (each, arrays) => {
      if (each.kind === 'mlp') return mlp(each, arrays)
      if (each.kind === 'cnn' || each.kind === 'transformer' || each.kind === 'layerNorm') return { skip: 'not ported' }
      return forward(each, arrays)
    },
  }
}

export const open = (): Promise<System> => openOn('wasm')
