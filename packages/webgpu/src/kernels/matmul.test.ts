import { type Access, cellSlot, index, input, type MatmulKernel, scalarOps, stage } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { defaultCapabilities } from '../capabilities.js'
import { planKernel } from '../plan-kernel.js'
import {
  contents,
  dense,
  download,
  expectLikeReference,
  floats,
  runOn,
  sampleNumbers,
  unset,
  upload,
  webgpu,
} from '../testing/both-devices.js'
import { wgslOf } from '../wgsl-of.js'
import { possibleTiles } from './tiles.js'
import type { Memory } from '../dispatcher.js'
import { WebgpuStorage } from '../webgpu-storage.js'

const { add, cast, maximum, mul } = scalarOps
const f = 'float32'

/** Sums of up to 1500 products of numbers below 8 in float32, against float64, relative to the result. */
const summation = 1e-4

interface Product {
  readonly batch?: readonly number[]
  readonly rows: number
  readonly inner: number
  readonly columns: number
  readonly transposed?: readonly ('a' | 'b')[]
  readonly sharesB?: boolean
  /** Spare elements at the end of each line of a. */
  readonly gap?: number
  readonly hasEpilogue?: boolean
}

const batchStrides = (batch: readonly number[], size: number): number[] => dense([...batch, size]).slice(0, -1)

const kernelOf = (product: Product): MatmulKernel => {
  const { batch = [], rows, inner, columns, transposed = [], gap = 0, sharesB, hasEpilogue } = product
  const line = inner + gap
  const a: Access = transposed.includes('a')
    ? { offset: gap, strides: [...batchStrides(batch, rows * inner), 1, rows] }
    : { offset: gap, strides: [...batchStrides(batch, rows * line), line, 1] }
  const ofB = sharesB === true ? batch.map(() => 0) : batchStrides(batch, inner * columns)
  const b: Access = { offset: 0, strides: [...ofB, ...(transposed.includes('b') ? [1, inner] : [columns, 1])] }
  const output: Access = { offset: 0, strides: dense([...batch, rows, columns]) }
  const position = cast(add(index(batch.length), index(batch.length + 1)), f)
  const expression = add(maximum(add(stage(0, f), input(0, f)), cellSlot(0, f)), mul(input(1, f), position))
  return {
    kind: 'matmul',
    batch,
    rows,
    inner,
    columns,
    a,
    b,
    output,
    epilogueInputs: hasEpilogue === true ? [{ offset: 0, strides: [...batch.map(() => 0), 0, 1] }, output] : [],
    structure: { dtype: f, ...(hasEpilogue === true ? { epilogue: { inputs: [f, f], expression } } : {}) },
  }
}

const operandsOf = ({ batch = [], rows, inner, columns, gap = 0, hasEpilogue }: Product) => {
  const count = batch.reduce((product, size) => product * size, 1)
  const results = count * rows * columns
  const others = hasEpilogue === true ? [floats(columns), floats(results, 7)] : []
  return {
    inputs: [floats(count * rows * (inner + gap) + gap), floats(count * inner * columns, 3), ...others],
    outputs: [unset(f, results)],
    cells: [0.5],
  }
}

const sizes: readonly Pick<Product, 'rows' | 'inner' | 'columns'>[] = [
  { rows: 5, inner: 9, columns: 7 },
  { rows: 64, inner: 40, columns: 48 },
  { rows: 70, inner: 20, columns: 36 },
  { rows: 1, inner: 30, columns: 40 },
  { rows: 33, inner: 600, columns: 1 },
  { rows: 20, inner: 1500, columns: 24 },
  { rows: 8, inner: 0, columns: 8 },
]

const layouts: readonly (readonly ('a' | 'b')[])[] = [[], ['a'], ['b'], ['a', 'b']]

const products: readonly Product[] = [
  ...sizes.flatMap((size) =>
    layouts.map((transposed) => ({ ...size, transposed, hasEpilogue: transposed.length === 1 })),
  ),
  { batch: [3, 2], rows: 17, inner: 12, columns: 20, hasEpilogue: true },
  { batch: [3, 2], rows: 17, inner: 12, columns: 20, sharesB: true },
  { batch: [2], rows: 17, inner: 12, columns: 20, gap: 4, sharesB: true },
  { batch: [2], rows: 17, inner: 10, columns: 20, gap: 1 },
  { batch: [4], rows: 1, inner: 10, columns: 20, hasEpilogue: true },
]

const nameOf = ({ batch = [], rows, inner, columns, transposed = [], sharesB, gap, hasEpilogue }: Product): string =>
  [
    `[${[...batch, rows, inner].join(', ')}] × [${[inner, columns].join(', ')}]`,
    transposed.length > 0 ? `${transposed.join(' and ')} transposed` : '',
    sharesB === true ? 'one b for all' : '',
    gap === undefined ? '' : `gaps of ${String(gap)}`,
    hasEpilogue === true ? 'epilogue' : '',
  ]
    .filter((text) => text !== '')
    .join(', ')

describe('matmul', () => {
  it.each(products.map((product) => [nameOf(product), product] as const))('multiplies %s', async (_, product) => {
    await expectLikeReference(kernelOf(product), operandsOf(product), summation)
  })

  it('gives the same bits with every tile', async () => {
    const product: Product = { rows: 140, inner: 45, columns: 132 }
    const kernel = kernelOf(product)
    const operands = operandsOf(product)
    const [right] = await runOn(webgpu, kernel, operands)
    const { dispatcher } = webgpu
    const [a, b] = operands.inputs.map((given) => upload(webgpu, given))
    for (const tile of possibleTiles(dispatcher.capabilities)) {
      const output = webgpu.allocate(140 * 132 * 4)
      const context = { capabilities: dispatcher.capabilities, inputs: [0, 1], outputs: [2], chosenTile: () => tile }
      const blocks = { input: [a, b], output: [output], scratch: [], faults: [] }
      for (const launch of planKernel(kernel, context).launches) {
        const memory: Memory = ({ kind, position }) => {
          const block = blocks[kind][position]
          if (!(block instanceof WebgpuStorage)) throw new RangeError(`there is no ${kind} ${String(position)}`)
          return dispatcher.windowOf(block.buffer)
        }
        dispatcher.dispatch(dispatcher.resolve(launch, memory), [])
      }
      expect(await download(webgpu, output, f, 140 * 132), JSON.stringify(tile)).toEqual(right)
    }
  })

  it('multiplies int32 modulo 2^32', async () => {
    const kernel = { ...kernelOf({ rows: 9, inner: 12, columns: 10 }), structure: { dtype: 'int32' } } as const
    const large = (length: number, seed: number) =>
      contents(
        'int32',
        sampleNumbers(length, seed).map((value) => value * 1e8),
      )
    await expectLikeReference(kernel, { inputs: [large(108, 1), large(120, 2)], outputs: [unset('int32', 90)] })
  })

  it('makes no text of its own for other sizes of the same alignment', () => {
    const textOf = (rows: number): string | undefined => wgslOf(kernelOf({ rows, inner: 64, columns: 64 }))[0]?.wgsl
    expect(textOf(32)).toBe(textOf(7))
  })

  it('splits the inner axis where there are few results, whatever the tile', () => {
    const context = { capabilities: defaultCapabilities, inputs: [0, 1], outputs: [2] }
    const plan = planKernel(kernelOf({ rows: 126, inner: 784, columns: 512 }), context)
    expect(plan.launches).toHaveLength(2)
    expect(plan.scratch[0]).toBe(6 * 126 * 512 * 4)
  })
})
