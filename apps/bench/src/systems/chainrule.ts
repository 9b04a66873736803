import type * as Chainrule from '../../../../packages/umbrella/dist/index.js'
import type { HostArray } from '../arrays.ts'
import type { Case } from '../cases.ts'
import { type Runner, sample, type System, timed } from '../system.ts'

const library = new URL('../../../../packages/umbrella/dist/index.js', import.meta.url).href
const blas = new URL('../../../../packages/blas/dist/index.js', import.meta.url).href

type Tensor = Chainrule.Tensor
type Arrays = Readonly<Record<string, HostArray>>

/** What differs between the systems of this file. */
interface Settings {
  readonly compiled: boolean
  readonly threads: number
  readonly blas: boolean
}

const settings: Readonly<Record<string, Settings>> = {
  chainrule: { compiled: true, threads: 2, blas: false },
  'chainrule-eager': { compiled: false, threads: 2, blas: false },
  'chainrule-1': { compiled: true, threads: 1, blas: false },
  'chainrule-blas': { compiled: true, threads: 2, blas: true },
}

export const open = async (name: string): Promise<System> => {
  const { compiled, threads, blas: useBlas } = settings[name] ?? { compiled: true, threads: 2, blas: false }
  const cr = (await import(library)) as typeof Chainrule
  if (useBlas) await import(blas)
  await cr.setDevice(process.env['CHAINRULE_DEVICE'] ?? 'wasm', { threads, ...(useBlas && { blas: 'auto' as const }) })
  const { tensor, scope } = cr

  const load = ({ shape, data }: HostArray): Tensor => tensor(data, { shape })

  const mlp = (p: Readonly<Record<string, Tensor>>, x: Tensor): Tensor => {
    const of = (key: string): Tensor => p[key] as Tensor
    const h = cr.linear(cr.linear(x, of('w0'), of('b0')).relu(), of('w1'), of('b1')).relu()
    return cr.linear(h, of('w2'), of('b2'))
  }

  const cnn = (p: Readonly<Record<string, Tensor>>, x: Tensor): Tensor => {
    const of = (key: string): Tensor => p[key] as Tensor
    const first = cr.maxPool2d(cr.conv2d(x, of('w0'), { bias: of('b0'), padding: 2 }).relu(), 2)
    const second = cr.maxPool2d(cr.conv2d(first, of('w1'), { bias: of('b1'), padding: 2 }).relu(), 2)
    return cr.linear(cr.linear(second.flatten(1), of('w2'), of('b2')).relu(), of('w3'), of('b3'))
  }

  const transformer = (p: Readonly<Record<string, Tensor>>, x: Tensor, options: Case['options']): Tensor => {
    const of = (key: string): Tensor => p[key] as Tensor
    const [width, heads, context, layers] = ['width', 'heads', 'context', 'layers'].map((key) =>
      Number(options[key]),
    ) as [number, number, number, number]
    const batch = x.shape[0] ?? 1
    const mask = cr.triu(cr.full([context, context], -Infinity), 1)
    let h = cr.embedding(x, of('token')).add(of('position'))
    for (let layer = 0; layer < layers; layer++) {
      const q = (key: string): Tensor => of(`${layer}.${key}`)
      const first = cr.layerNorm(h, [width], { weight: q('ln1.w'), bias: q('ln1.b') })
      const [query, key, value] = cr
        .split(cr.linear(first, q('qkv.w'), q('qkv.b')), width, -1)
        .map((part) => part.reshape([batch, context, heads, width / heads]).transpose(1, 2)) as [Tensor, Tensor, Tensor]
      const scores = query
        .matmul(key.transpose(-1, -2))
        .mul((width / heads) ** -0.5)
        .add(mask)
      const mixed = scores.softmax(-1).matmul(value).transpose(1, 2).reshape([batch, context, width])
      h = h.add(cr.linear(mixed, q('out.w'), q('out.b')))
      const second = cr.layerNorm(h, [width], { weight: q('ln2.w'), bias: q('ln2.b') })
      h = h.add(cr.linear(cr.linear(second, q('up.w'), q('up.b')).gelu(), q('down.w'), q('down.b')))
    }
    const last = cr.layerNorm(h, [width], { weight: of('ln.w'), bias: of('ln.b') })
    return cr.linear(last, of('head.w'), of('head.b')).reshape([batch * context, -1])
  }

  const training = (each: Case, arrays: Arrays): Runner => {
    const { x, y, ...weights } = arrays
    const inputs = load(x as HostArray)
    const targets = load(y as HostArray)
    const batches = inputs.shape[0] ?? 1
    const parameters = Object.fromEntries(
      Object.entries(weights).map(([key, array]) => [key, new cr.Parameter(load(array))]),
    )
    const list = Object.values(parameters)
    const optimizer = new cr.SGD(list, { lr: 0.01, momentum: 0.9 })
    const model = each.kind === 'mlp' ? mlp : each.kind === 'cnn' ? cnn : transformer
    const eager = (input: Tensor, target: Tensor): Tensor => {
      optimizer.zeroGrad()
      const loss = cr.crossEntropy(model(parameters, input, each.options), target)
      loss.backward()
      cr.clipGradNorm(list, 1)
      optimizer.step()
      return loss
    }
    const step = compiled ? cr.compile(eager) : eager
    const pairs = Array.from({ length: batches }, (_, place) => [
      tensor(inputs.select(0, place).dataSync(), { shape: inputs.shape.slice(1) }),
      tensor(targets.select(0, place).flatten().dataSync(), { shape: [targets.size / batches] }),
    ])
    let count = 0
    const train = (): number => {
      const [input, target] = pairs[count++ % batches] as [Tensor, Tensor]
      return scope(() => step(input, target).dataSync()[0] ?? Number.NaN)
    }
    return { check: [train(), train(), train()], run: () => timed(() => void train()) }
  }

  const functions = (each: Case): ((...inputs: Tensor[]) => Tensor) => {
    const { ta, tb } = each.options
    const turned = (x: Tensor, turn: unknown): Tensor => (turn === true ? x.transpose(0, 1) : x)
    const table: Partial<Record<Case['kind'], (...inputs: Tensor[]) => Tensor>> = {
      matmul: (...[a, b]) => turned(a as Tensor, ta).matmul(turned(b as Tensor, tb)),
      chain: (...[a, b]) =>
        (a as Tensor)
          .mul(b as Tensor)
          .add(a as Tensor)
          .tanh()
          .sub(b as Tensor)
          .mul(0.5),
      softmax: (...[x]) => (x as Tensor).softmax(-1),
      layerNorm: (...[x]) => (x as Tensor).layerNorm([1024]),
      sum: (...[x]) => (x as Tensor).sum(0),
      add: (...[a, b]) => (a as Tensor).add(b as Tensor),
    }
    const found = table[each.kind]
    if (found === undefined) throw new Error(`no function for ${each.name}`)
    return found
  }

  return {
    description: `chainrule ${compiled ? 'compiled' : 'eager'}, ${JSON.stringify(cr.currentDevice().describe())}`,
    prepare: (each, arrays) => {
      if (each.kind === 'mlp' || each.kind === 'cnn' || each.kind === 'transformer') {
        return Promise.resolve(training(each, arrays))
      }
      const f = functions(each)
      const call = compiled && each.kind !== 'add' ? cr.compile(f) : f
      const inputs = Object.values(arrays).map(load)
      const repeats = Number(each.options['repeats'] ?? 1)
      const check = scope(() => sample(call(...inputs).dataSync()))
      const once = (): void => {
        scope(() => {
          for (let count = 0; count < repeats; count++) call(...inputs)
        })
      }
      return Promise.resolve({ check, run: () => timed(once) })
    },
  }
}
