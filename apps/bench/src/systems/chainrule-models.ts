import type * as Chainrule from '../../../../packages/umbrella/dist/index.js'
import type { HostArray } from '../arrays.ts'
import type { Case } from '../cases.ts'
import { type Runner, sample, type System } from '../system.ts'

type Library = typeof Chainrule
type Tensor = Chainrule.Tensor
type Arrays = Readonly<Record<string, HostArray>>

/** Cases that train a network. */
const trained: readonly Case['kind'][] = ['mlp', 'cnn', 'transformer', 'capture', 'replay']

/** Cases on chainrule, whatever the device: results are read asynchronously. */
export const chainruleSystem = (cr: Library, compiled: boolean, description: string): System => {
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

  const training = async (each: Case, arrays: Arrays): Promise<Runner> => {
    const { x, y: _, ...weights } = arrays
    const batches = x?.shape[0] ?? 1
    const parameters = Object.fromEntries(
      Object.entries(weights).map(([key, array]) => [key, new cr.Parameter(load(array))]),
    )
    const list = Object.values(parameters)
    const optimizer = new cr.SGD(list, { lr: 0.01, momentum: 0.9 })
    const model = each.kind === 'mlp' || each.kind === 'replay' ? mlp : each.kind === 'cnn' ? cnn : transformer
    const eager = (input: Tensor, target: Tensor): Tensor => {
      optimizer.zeroGrad()
      const loss = cr.crossEntropy(model(parameters, input, each.options), target)
      loss.backward()
      cr.clipGradNorm(list, 1)
      optimizer.step()
      return loss
    }
    const step = compiled ? cr.compile(eager) : eager
    const { x: xs, y: ys } = arrays as Record<'x' | 'y', HostArray>
    const cut = ({ shape, data }: HostArray, place: number, to: readonly number[]): Tensor => {
      const size = data.length / (shape[0] ?? 1)
      return tensor(data.slice(place * size, (place + 1) * size), { shape: to })
    }
    const pairs = Array.from({ length: batches }, (_, place) => [
      cut(xs, place, xs.shape.slice(1)),
      cut(ys, place, [ys.data.length / batches]),
    ])
    let count = 0
    const train = async (): Promise<number> => {
      const [input, target] = pairs[count++ % batches] as [Tensor, Tensor]
      const loss = scope(() => step(input, target))
      const value = await loss.item()
      loss.dispose()
      return value
    }
    const check = [await train(), await train(), await train()]
    if (each.kind === 'capture') return { check, run: () => captureTime(eager, pairs) }
    if (each.kind === 'replay') {
      const [input, target] = pairs[0] as [Tensor, Tensor]
      const repeats = Number(each.options['repeats'])
      return {
        check,
        run: () => {
          const start = performance.now()
          for (let done = 0; done < repeats; done++) scope(() => void step(input, target))
          return performance.now() - start
        },
      }
    }
    return {
      check,
      run: async () => {
        const start = performance.now()
        await train()
        return performance.now() - start
      },
    }
  }

  /** Milliseconds of a new program's first call beyond those of its second: capture and compilation. */
  const captureTime = (eager: (input: Tensor, target: Tensor) => Tensor, pairs: readonly Tensor[][]): number => {
    const fresh = cr.compile(eager)
    const call = (): number => {
      const start = performance.now()
      scope(() => void fresh(pairs[0]?.[0] as Tensor, pairs[0]?.[1] as Tensor))
      return performance.now() - start
    }
    const first = call()
    const second = call()
    fresh.dispose()
    return first - second
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
    description,
    prepare: async (each, arrays) => {
      if (trained.includes(each.kind)) return training(each, arrays)
      const f = functions(each)
      const call = compiled && each.kind !== 'add' ? cr.compile(f) : f
      const inputs = Object.values(arrays).map(load)
      const repeats = Number(each.options['repeats'] ?? 1)
      const first = scope(() => call(...inputs))
      const check = sample(await first.data())
      const { synchronous } = cr.currentDevice().features
      const runMany = async (count: number): Promise<number> => {
        const start = performance.now()
        const last = scope(() => {
          let result = call(...inputs)
          for (let done = 1; done < count; done++) {
            // An asynchronous device would keep all of them; to free one that a CPU device has is work that peers do not time.
            if (!synchronous) result.dispose()
            result = call(...inputs)
          }
          return result
        })
        // On an asynchronous device the work is done when one element can be read.
        if (!synchronous) await last.flatten().narrow(0, 0, 1).data()
        const time = performance.now() - start
        last.dispose()
        return time
      }
      return { check, run: () => runMany(repeats), runMany }
    },
  }
}
