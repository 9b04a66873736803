import { type Device, dropStorage, holdStorage, type Program, type Storage } from '@chainrule/tensor'
import { costOf } from './kernels/cost.js'
import { type ReadyProgram, runHost } from './program-run.js'

/** What a device can do at most, measured now. */
export interface Limits {
  /** Floating-point operations a second of a large matrix product. */
  readonly flops: number
  /** Bytes a second of a large copy, read and written. */
  readonly bytes: number
}

const size = 512
const copied = 1 << 22
const repeats = 5

/** Measures a device by a 512 × 512 matrix product and a copy of 16 MB, the best of five each. */
export const measureLimits = async (home: Device): Promise<Limits> => {
  const strides = [size, 1]
  const program: Program = {
    steps: [
      {
        kernel: {
          kind: 'matmul',
          structure: { dtype: 'float32' },
          batch: [],
          rows: size,
          columns: size,
          inner: size,
          a: { strides, offset: 0 },
          b: { strides, offset: 0 },
          output: { strides, offset: 0 },
          epilogueInputs: [],
        },
        inputs: [0, 0],
        outputs: [1],
        cells: [],
      },
      {
        kernel: {
          kind: 'copy',
          structure: { dtype: 'float32', accumulate: false },
          pieces: [
            { input: 0, shape: [copied], source: { strides: [1], offset: 0 }, target: { strides: [1], offset: 0 } },
          ],
        },
        inputs: [0],
        outputs: [1],
        cells: [],
      },
    ],
    operands: [
      { kind: 'arena', byteOffset: 0, byteLength: copied * 4 },
      { kind: 'arena', byteOffset: copied * 4, byteLength: copied * 4 },
    ],
    arenaBytes: copied * 8,
    bindings: 0,
    cells: 0,
  }
  const replay = home.prepare(program)
  const times: (readonly number[])[] = []
  for (let run = 0; run < repeats; run++) times.push(await replay.profile([], []))
  replay.dispose()
  const best = (step: number): number => Math.min(...times.map((list) => list[step] ?? Infinity)) / 1000
  return { flops: (2 * size ** 3) / best(0), bytes: (copied * 8) / best(1) }
}

/** Storages for a run that changes nothing: results go to blocks of their own, and arguments are blank. */
const blankBindings = ({ compiled, home }: ReadyProgram): { storages: Storage[]; made: Storage[] } => {
  const made: Storage[] = []
  const blank = (byteLength: number): Storage => {
    const storage = home.allocate(byteLength)
    holdStorage(storage)
    home.write(storage, new Uint8Array(byteLength))
    made.push(storage)
    return storage
  }
  const bytes = new Map<number, number>()
  compiled.program.steps.forEach((step, place) => {
    const blocks = compiled.steps[place]
    step.inputs.forEach((operand, at) => {
      const found = compiled.program.operands[operand]
      const block = blocks?.inputs[at]
      if (found?.kind === 'binding' && block !== undefined) bytes.set(found.binding, block.byteLength)
    })
  })
  const storages = compiled.bindings.map((binding, place) => {
    if (binding.kind === 'variable') return binding.variable.storageFor('explain')
    if (binding.kind === 'constant') return binding.tensor.storageFor('explain')
    return blank(binding.kind === 'result' ? binding.byteLength : (bytes.get(place) ?? 0))
  })
  return { storages, made }
}

const profile = async (ready: ReadyProgram): Promise<readonly number[]> => {
  const { cells, undo } = runHost(ready.compiled)
  undo()
  const { storages, made } = blankBindings(ready)
  try {
    const runs: (readonly number[])[] = []
    for (let run = 0; run < repeats; run++) runs.push(await ready.replay.profile(storages, cells))
    return (runs[0] ?? []).map((_, step) => Math.min(...runs.map((list) => list[step] ?? Infinity)))
  } finally {
    made.forEach(dropStorage)
  }
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2)

/** Lines of a table: one for each kernel. */
const rowsOf = ({ compiled, replay }: ReadyProgram, times: readonly number[], limits: Limits): string[][] => {
  const libraries = replay.libraries?.() ?? []
  const total = times.reduce((sum, time) => sum + time, 0)
  return compiled.steps.map((step, place) => {
    const time = times[place] ?? 0
    const { bytes, flops } = costOf(step)
    const floors = { arithmetic: (flops / limits.flops) * 1000, memory: (bytes / limits.bytes) * 1000 }
    const bound = floors.arithmetic > floors.memory ? 'arithmetic' : 'memory'
    return [
      String(place),
      libraries[place] ? `${step.kernel.kind} on ${libraries[place]}` : step.kernel.kind,
      megabytes(bytes),
      (flops / 1e6).toFixed(2),
      time.toFixed(3),
      `${((100 * time) / total).toFixed(1)} %`,
      `${(time / Math.max(floors[bound], 1e-6)).toFixed(1)} × ${bound}`,
      [...new Set(step.ops)].join(' '),
    ]
  })
}

/** A table of a program's kernels, each measured alone (best of five) on blank arguments; nothing is changed. */
export const explain = async (ready: ReadyProgram): Promise<string> => {
  const limits = await measureLimits(ready.home)
  const times = await profile(ready)
  const head = ['#', 'kernel', 'MB', 'MFLOP', 'ms', 'share', 'over its limit', 'ops']
  const rows = [head, ...rowsOf(ready, times, limits)]
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const table = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const total = times.reduce((sum, time) => sum + time, 0)
  const { arenaBytes, lowerBoundBytes } = ready.compiled.plan
  return [
    ...table,
    '',
    `${ready.compiled.steps.length} kernels, ${total.toFixed(3)} ms one by one; arena ${megabytes(arenaBytes)} MB (at least ${megabytes(lowerBoundBytes)})`,
    `limits of ${ready.home.name}, measured now: ${(limits.flops / 1e9).toFixed(1)} GFLOP/s (matmul ${size}), ${(limits.bytes / 1e9).toFixed(1)} GB/s (copy)`,
    '',
  ].join('\n')
}
