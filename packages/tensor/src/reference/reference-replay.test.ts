import { describe, expect, it } from 'vitest'
import type { Program } from '../device.js'
import { ArgumentError, DisposedError } from '../errors.js'
import { cellSlot, input } from '../expression/expression.js'
import { add, mul } from '../expression/scalar-ops.js'
import type { MapKernel } from '../kernel.js'
import { device, download, upload, vector } from './storages.fixture.js'

const x = input(0, 'float32')

const kernel = (expression: typeof x): MapKernel => ({
  kind: 'map',
  structure: { inputs: ['float32'], outputs: [expression] },
  spaces: [{ shape: [2], inputs: [vector], outputs: [vector] }],
})

/** (3·x · cell 1)² by way of two places in the arena, the first of them not at its start. */
const program: Program = {
  steps: [
    { kernel: kernel(mul(x, cellSlot(0, 'float32'))), inputs: [0], outputs: [1], cells: [1] },
    { kernel: kernel(add(x, add(x, x))), inputs: [1], outputs: [2], cells: [] },
    { kernel: kernel(mul(x, x)), inputs: [2], outputs: [3], cells: [] },
  ],
  operands: [
    { kind: 'binding', binding: 1 },
    { kind: 'arena', byteOffset: 256, byteLength: 8 },
    { kind: 'arena', byteOffset: 0, byteLength: 8 },
    { kind: 'binding', binding: 0 },
  ],
  arenaBytes: 264,
  bindings: 2,
  cells: 2,
}

describe('ReferenceReplay', () => {
  it('runs the steps in order over arena and bindings, which may differ from run to run', () => {
    const replay = device.prepare(program)
    const [first, second] = [device.allocate(8), device.allocate(8)]
    replay.run([first, upload(Float32Array.of(1, 2))], [99, 1])
    replay.run([second, upload(Float32Array.of(3, -1))], [99, 10])
    expect([...download(first, 'float32', 2)]).toEqual([9, 36])
    expect([...download(second, 'float32', 2)]).toEqual([8100, 900])
  })

  it('measures every step of a run', async () => {
    const replay = device.prepare(program)
    const output = device.allocate(8)
    const times = await replay.profile([output, upload(Float32Array.of(1, 2))], [0, 1])
    expect(times).toHaveLength(3)
    for (const time of times) expect(time).toBeGreaterThanOrEqual(0)
    expect([...download(output, 'float32', 2)]).toEqual([9, 36])
  })

  it('refuses a wrong number of bindings or cells, and runs after its end', () => {
    const replay = device.prepare(program)
    const storages = [device.allocate(8), device.allocate(8)]
    expect(() => replay.run(storages.slice(1), [0, 1])).toThrow(ArgumentError)
    expect(() => replay.run(storages, [0])).toThrow(ArgumentError)
    replay.dispose()
    expect(() => replay.run(storages, [0, 1])).toThrow(DisposedError)
  })
})
