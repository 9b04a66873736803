import { describe, expect, test } from 'vitest'
import {
  denseLayout,
  Lowering,
  type OpDefinition,
  type OpEvent,
  opTable,
  runLaunches,
  scope,
  sizeOf,
  type Storage,
  Tensor,
  withRecorder,
} from './index.js'
import { itemSize } from './dtype.js'
import { expectClose } from './testing/expect-close.js'
import { opSamples } from './testing/op-samples.js'
import { placeInput } from './testing/sample-input.js'
import type { OpSample } from './testing/op-sample.js'

const run = (sample: OpSample): readonly Tensor[] => {
  const result = sample.run(...sample.inputs.map((input) => placeInput(input)))
  return result instanceof Tensor ? [result] : result
}

/** Runs the kernels that an op lowers to, as a program does, into fresh memory, also where eager code makes a view. */
const lowered = ({ op, inputs, outputs, attributes }: OpEvent): ArrayLike<number>[] => {
  const [first] = [...inputs, ...outputs]
  if (first === undefined) return []
  const layouts = outputs.map(denseLayout)
  const build = new Lowering(inputs, layouts)
  const definition = opTable[op] as OpDefinition<typeof op>
  definition.lower(build, attributes)
  const made = outputs.map(({ shape, dtype }): Storage => first.home.allocate(sizeOf(shape) * itemSize(dtype)))
  runLaunches(
    first.home,
    build,
    inputs.map((input) => input.storageFor(op)),
    made,
    op,
  )
  return made.map((storage, place) => {
    const layout = layouts[place]
    const output = outputs[place]
    if (layout === undefined || output === undefined || first.home.readSync === undefined) return []
    const data = first.home.readSync(storage, layout, output.dtype)
    first.home.free(storage)
    return data
  })
}

describe('the kernels that ops lower to', () => {
  test('compute the same bits as eager code, on every op of every sample', () => {
    const counts = new Map<string, number>()
    for (const sample of opSamples) {
      scope(() => {
        const events: OpEvent[] = []
        withRecorder({ kind: 'observer', op: (event) => events.push(event) }, () => run(sample))
        for (const event of events) {
          lowered(event).forEach((data, place) => {
            expectClose(
              data,
              event.outputs[place]?.dataSync() ?? [],
              { relative: 0, absolute: 0 },
              `${sample.name}: ${event.op}`,
            )
          })
          counts.set(event.op, (counts.get(event.op) ?? 0) + 1)
        }
      })
    }
    console.log(`lowered: ${[...counts].map(([op, count]) => `${op} ${count}`).join(', ')}`)
    // Adjoints of ops only run in gradients.
    expect(Object.keys(opTable).filter((op) => !counts.has(op))).toEqual([])
  })
})

describe('capturing', () => {
  test('gives every result the shape and dtype that it has eagerly, on every sample', () => {
    let compared = 0
    for (const sample of opSamples) {
      const describeAll = (tensors: readonly Tensor[]): unknown[] =>
        tensors.map(({ shape, dtype }) => ({ shape, dtype }))
      scope(() => {
        const inputs = sample.inputs.map((input) => placeInput(input))
        const captured = withRecorder({ kind: 'capture', op: () => undefined }, () => sample.run(...inputs))
        const eager = sample.run(...inputs)
        const list = (result: Tensor | readonly Tensor[]): readonly Tensor[] =>
          result instanceof Tensor ? [result] : result
        expect(describeAll(list(captured)), sample.name).toEqual(describeAll(list(eager)))
        compared += 1
      })
    }
    expect(compared).toBe(opSamples.length)
  })
})
