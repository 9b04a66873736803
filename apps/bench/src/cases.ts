/** An array that every system is given: uniform numbers in ±scale (or 0 … 1), or whole numbers below `classes`. */
export interface ArraySpec {
  readonly shape: readonly number[]
  readonly scale?: number
  readonly positive?: boolean
  readonly classes?: number
}

/** What is measured. */
export interface Case {
  readonly name: string
  readonly kind:
    'mlp' | 'capture' | 'replay' | 'cnn' | 'transformer' | 'matmul' | 'chain' | 'softmax' | 'layerNorm' | 'sum' | 'add'
  /** Work of one run, in `unit`. */
  readonly work: number
  readonly unit: 'flop' | 'byte' | 'op'
  readonly arrays: Readonly<Record<string, ArraySpec>>
  readonly options: Readonly<Record<string, number | boolean>>
  /** Runs before the measured ones, if more than one turn: what takes microseconds measures the engine's own warm-up else. */
  readonly warmUp?: number
  /** The systems that it is about; all of them without this. */
  readonly systems?: readonly string[]
  /** Largest relative difference between systems that counts as the same result. */
  readonly tolerance: number
}

const parameter = (...shape: number[]): ArraySpec => {
  const inputs = shape.length === 1 ? shape[0] : shape.slice(1).reduce((product, size) => product * size, 1)
  return { shape, scale: 1 / Math.sqrt(inputs ?? 1) }
}

const batches = 4

const mlp = (batch = 128, sizes: readonly number[] = [784, 512, 256, 10]): Case => {
  const weights = sizes.slice(1).map((outputs, layer) => [outputs, sizes[layer] ?? 0] as const)
  // Forward and weight gradient for every layer, input gradient for all but the first; 2 flops a multiply–add.
  const work = weights.reduce((sum, [o, i], layer) => sum + 2 * batch * o * i * (layer === 0 ? 2 : 3), 0)
  return {
    name: 'W1',
    kind: 'mlp',
    work,
    unit: 'flop',
    options: { batch, batches },
    tolerance: 1e-3,
    arrays: {
      x: { shape: [batches, batch, sizes[0] ?? 0], positive: true },
      y: { shape: [batches, batch], classes: sizes.at(-1) ?? 0 },
      ...Object.fromEntries(
        weights.flatMap(([o, i], layer) => [
          [`w${layer}`, parameter(o, i)],
          [`b${layer}`, { shape: [o], scale: 1 / Math.sqrt(i) }],
        ]),
      ),
    },
  }
}

const cnn = (): Case => {
  const batch = 64
  const forward = 2 * batch * (28 * 28 * 32 * 25 + 14 * 14 * 64 * 32 * 25 + 3136 * 512 + 512 * 10)
  return {
    name: 'W2',
    kind: 'cnn',
    // No input gradient for the first layer.
    work: 3 * forward - 2 * batch * 28 * 28 * 32 * 25,
    unit: 'flop',
    options: { batch, batches },
    tolerance: 1e-3,
    arrays: {
      x: { shape: [batches, batch, 1, 28, 28], positive: true },
      y: { shape: [batches, batch], classes: 10 },
      w0: parameter(32, 1, 5, 5),
      b0: { shape: [32], scale: 0.2 },
      w1: parameter(64, 32, 5, 5),
      b1: { shape: [64], scale: 0.035 },
      w2: parameter(512, 3136),
      b2: { shape: [512], scale: 0.018 },
      w3: parameter(10, 512),
      b3: { shape: [10], scale: 0.044 },
    },
  }
}

const transformer = (): Case => {
  const [batch, context, width, heads, layers, symbols] = [16, 128, 128, 4, 4, 65] as const
  const tokens = batch * context
  const weights = layers * 12 * width * width + symbols * width
  const attention = layers * batch * 4 * context * context * width
  const block = (layer: number): [string, ArraySpec][] => [
    [`${layer}.ln1.w`, { shape: [width], positive: true }],
    [`${layer}.ln1.b`, { shape: [width], scale: 0.1 }],
    [`${layer}.qkv.w`, parameter(3 * width, width)],
    [`${layer}.qkv.b`, { shape: [3 * width], scale: 0.1 }],
    [`${layer}.out.w`, parameter(width, width)],
    [`${layer}.out.b`, { shape: [width], scale: 0.1 }],
    [`${layer}.ln2.w`, { shape: [width], positive: true }],
    [`${layer}.ln2.b`, { shape: [width], scale: 0.1 }],
    [`${layer}.up.w`, parameter(4 * width, width)],
    [`${layer}.up.b`, { shape: [4 * width], scale: 0.1 }],
    [`${layer}.down.w`, parameter(width, 4 * width)],
    [`${layer}.down.b`, { shape: [width], scale: 0.1 }],
  ]
  return {
    name: 'W3',
    kind: 'transformer',
    work: 3 * (2 * tokens * weights + attention),
    unit: 'flop',
    options: { batch, context, width, heads, layers, symbols, batches },
    tolerance: 1e-3,
    arrays: {
      x: { shape: [batches, batch, context], classes: symbols },
      y: { shape: [batches, batch, context], classes: symbols },
      token: { shape: [symbols, width], scale: 0.5 },
      position: { shape: [context, width], scale: 0.1 },
      ...Object.fromEntries(Array.from({ length: layers }, (_, layer) => block(layer)).flat()),
      'ln.w': { shape: [width], positive: true },
      'ln.b': { shape: [width], scale: 0.1 },
      'head.w': parameter(symbols, width),
      'head.b': { shape: [symbols], scale: 0.1 },
    },
  }
}

const matmul = (m: number, k: number, n: number, transposed: '' | 'nt' | 'tn' | 'tt' = ''): Case => {
  const square = m === k && k === n
  const size = square ? String(m) : `${m}x${k}x${n}`
  const [ta, tb] = [transposed.startsWith('t'), transposed.endsWith('t')]
  return {
    name: `matmul-${size}${transposed === '' ? '' : `-${transposed}`}`,
    kind: 'matmul',
    work: 2 * m * k * n,
    unit: 'flop',
    options: { m, k, n, ta, tb },
    tolerance: 1e-4,
    arrays: { a: { shape: ta ? [k, m] : [m, k], scale: 1 }, b: { shape: tb ? [n, k] : [k, n], scale: 1 } },
  }
}

const rowCase = (kind: 'softmax' | 'layerNorm' | 'sum', name: string, passes: number): Case => ({
  name,
  kind,
  work: passes * 4096 * 1024 * 4,
  unit: 'byte',
  options: {},
  tolerance: 1e-4,
  arrays: { x: { shape: [4096, 1024], scale: 3 } },
})

/** Every case, in the order of the table. */
export const cases: readonly Case[] = [
  mlp(),
  cnn(),
  transformer(),
  ...[64, 127, 128, 256, 512, 625, 1000, 1024, 2048].map((size) => matmul(size, size, size)),
  ...(['nt', 'tn', 'tt'] as const).map((form) => matmul(1024, 1024, 1024, form)),
  matmul(128, 784, 512),
  matmul(1, 4096, 4096),
  matmul(4096, 64, 4096),
  {
    name: 'chain',
    kind: 'chain',
    work: 3 * 4 * (1 << 22),
    unit: 'byte',
    options: {},
    tolerance: 1e-4,
    arrays: { a: { shape: [1 << 22], scale: 2 }, b: { shape: [1 << 22], scale: 2 } },
  },
  // What a program costs besides its kernels: capture and compilation once, and a replay whose kernels have next to nothing to do.
  { ...transformer(), name: 'capture-W3', kind: 'capture', work: 1, unit: 'op', systems: ['chainrule', 'chainrule-1'] },
  {
    ...mlp(1, [4, 4, 4, 2]),
    name: 'replay-overhead',
    kind: 'replay',
    work: 200,
    unit: 'op',
    options: { batch: 1, batches, repeats: 200 },
    systems: ['chainrule', 'chainrule-1'],
  },
  rowCase('softmax', 'softmax', 2),
  rowCase('layerNorm', 'layer-norm', 2),
  rowCase('sum', 'sum-axis-0', 1),
  {
    name: 'scalar-add',
    kind: 'add',
    work: 1000,
    unit: 'op',
    options: { repeats: 1000 },
    warmUp: 100,
    tolerance: 1e-5,
    arrays: { a: { shape: [1], scale: 1 }, b: { shape: [1], scale: 1 } },
  },
]
