import { cellSlot, input, type MapKernel, type Program, type RowKernel, scalarOps, stage } from '@chainrule/tensor'
import { afterAll, describe, expect, it } from 'vitest'
import { openDevice } from './open-device.js'
import { contents, download, floats, upload } from './testing/both-devices.js'
import { countedDevice } from './testing/counted-device.js'

const f = 'float32'
const line = { strides: [1], offset: 0 }

const scaled: MapKernel = {
  kind: 'map',
  structure: { inputs: [f], outputs: [scalarOps.mul(input(0, f), cellSlot(0, f))] },
  spaces: [{ shape: [100], inputs: [line], outputs: [line] }],
}

const summed: RowKernel = {
  kind: 'row',
  structure: {
    inputs: [f],
    stages: [{ reduction: 'sum', expression: input(0, f) }],
    outputs: [{ per: 'row', expression: stage(0, f) }],
  },
  spaces: [{ kept: 0, shape: [100], inputs: [line], outputs: [{ strides: [], offset: 0 }] }],
}

/** x (binding 0) → x · cell 1 → · cell 0 in place in the arena → sum (binding 1). */
const program: Program = {
  arenaBytes: 1024,
  bindings: 2,
  cells: 2,
  operands: [
    { kind: 'binding', binding: 0 },
    { kind: 'arena', byteOffset: 512, byteLength: 400 },
    { kind: 'binding', binding: 1 },
  ],
  steps: [
    { kernel: scaled, inputs: [0], outputs: [1], cells: [1] },
    { kernel: scaled, inputs: [1], outputs: [1], cells: [0] },
    { kernel: summed, inputs: [1], outputs: [2], cells: [] },
  ],
}

const { gpuDevice, during } = await countedDevice()
const device = await openDevice({ gpuDevice })

afterAll(() => {
  device.dispose()
})

const ones = (): ReturnType<typeof contents> => contents(f, Array(100).fill(1) as number[])

describe('a replay', () => {
  it('runs its steps with the cells of each run', async () => {
    const replay = device.prepare(program)
    const [source, output] = [upload(device, ones()), device.allocate(4)]
    const results: (number | undefined)[] = []
    for (const cells of [
      [2, 3],
      [-1, 0.5],
    ]) {
      replay.run([source, output], cells)
      results.push((await download(device, output, f, 1))[0])
    }
    expect(results).toEqual([600, -50])
    replay.dispose()
  })

  it('encodes a run and the read of its result into one submit, and makes nothing new', async () => {
    const replay = device.prepare(program)
    const [source, output] = [upload(device, ones()), device.allocate(4)]
    const step = async (): Promise<void> => {
      replay.run([source, output], [1, 1])
      await download(device, output, f, 1)
    }
    await step()
    await step()
    expect(await during(step)).toEqual({
      pipelines: 0,
      bindGroups: 0,
      buffers: 0,
      bufferBytes: 0,
      submits: 1,
      dispatches: 3,
    })
    replay.dispose()
  })

  it('submits without a read when the turn of the event loop ends', async () => {
    const replay = device.prepare(program)
    const storages = [upload(device, ones()), device.allocate(4)]
    const counts = await during(async () => {
      replay.run(storages, [1, 1])
      await Promise.resolve()
    })
    expect(counts.submits).toBe(1)
    replay.dispose()
  })

  it('takes other storages at each run', async () => {
    const replay = device.prepare(program)
    const sources = [ones(), floats(100)].map((given) => upload(device, given))
    const outputs = [device.allocate(4), device.allocate(4)]
    for (const [at, source] of sources.entries()) replay.run([source, outputs[at] ?? source], [1, 2])
    const read = outputs.map(async (output) => (await download(device, output, f, 1))[0] ?? NaN)
    const [first = NaN, second = NaN] = await Promise.all(read)
    const right = Array.from(floats(100).data).reduce((sum, value) => sum + value, 0) * 2
    expect(first).toBe(200)
    // A sum of a hundred float32 in another order.
    expect(second).toBeCloseTo(right, 3)
    replay.dispose()
  })

  it('measures each step', async () => {
    const replay = device.prepare(program)
    const times = await replay.profile([upload(device, ones()), device.allocate(4)], [1, 1])
    expect(times).toHaveLength(3)
    expect(times.every((time) => time >= 0 && time < 1000)).toBe(true)
    replay.dispose()
  })

  it('refuses a wrong number of storages, and to run after dispose', () => {
    const replay = device.prepare(program)
    const storage = device.allocate(400)
    expect(() => replay.run([storage], [1, 1])).toThrow(/got 1 storages, expected 2/)
    replay.dispose()
    replay.dispose()
    expect(() => replay.run([storage, storage], [1, 1])).toThrow(/disposed program/)
  })

  it('refuses an arena larger than the largest buffer', () => {
    expect(() => device.prepare({ ...program, arenaBytes: 2 ** 40 })).toThrow(/1099511627776 bytes of temporaries/)
  })

  it('rejects the read of its results after a loss', async () => {
    const counted = await countedDevice()
    const own = await openDevice({ gpuDevice: counted.gpuDevice })
    const replay = own.prepare(program)
    const storages = [upload(own, ones()), own.allocate(4)] as const
    replay.run(storages, [1, 1])
    counted.gpuDevice.destroy()
    await expect(download(own, storages[1], f, 1)).rejects.toThrow(/lost/)
    expect(() => replay.run(storages, [1, 1])).toThrow(/lost/)
    replay.dispose()
  })
})
