import { deepStrictEqual } from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  ArgumentError,
  ChainruleError,
  DisposedError,
  FormatError,
  Generator,
  type GeneratorState,
  Tensor,
  Variable,
  memory,
  rand,
  tensor,
} from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeCheckpoint,
  decodeSafetensors,
  encodeCheckpoint,
  encodeSafetensors,
  loadCheckpoint,
  loadSafetensors,
  saveCheckpoint,
} from '../index.js'
import { damages, names, tensorMakers } from '../testing/arbitrary-tensor.js'
import { describeTensor } from '../testing/describe-tensor.js'
import { inTemporaryFolder } from '../testing/temporary-folder.js'

/** The structure with the bits of each tensor in its place, for comparison. */
async function describeStructure(value: unknown): Promise<unknown> {
  if (value instanceof Tensor) return await describeTensor(value)
  if (Array.isArray(value)) return await Promise.all(value.map(describeStructure))
  if (value instanceof Map) {
    return new Map(
      await Promise.all(
        Array.from(value, async ([key, member]: [unknown, unknown]) => [key, await describeStructure(member)] as const),
      ),
    )
  }
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(async ([name, member]) => [name, await describeStructure(member)] as const)
  return Object.fromEntries(await Promise.all(members))
}

/** Any text, half surrogate pairs and the tags of the format included. */
const keys = fc.oneof(
  names,
  fc.constantFrom('$tensor', '$number', '$map', '$undefined', '$$tensor', '$', '\ud800', '__metadata__'),
)

const { contents } = fc.letrec<{ value: unknown; contents: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.double(),
    fc.constantFrom(-0, NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE, 2 ** 53 + 2),
    keys,
    fc.boolean(),
    fc.constantFrom(null, undefined),
    tensorMakers.map((make) => make()),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
    fc.array(fc.tuple(keys, tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
  ),
  contents: fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
}))

/** The members of a checkpoint's metadata, to write damaged ones. */
const metadata = (structure: string): Record<string, string> => ({
  format: 'chainrule.checkpoint',
  version: '1',
  contents: structure,
})

describe('checkpoints', () => {
  it('give back any structure of tensors and plain data, every number bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (written) => {
        const expected = await describeStructure(written)
        const bytes = await encodeCheckpoint(written)
        // Not toStrictEqual, which stumbles over members called "constructor".
        deepStrictEqual(await describeStructure(decodeCheckpoint(bytes)), expected)
        deepStrictEqual(await describeStructure(await loadCheckpoint(new Blob([bytes]))), expected)
      }),
    )
  })

  it('answer damage with a ChainruleError and leave no tensor behind', async () => {
    let failures = 0
    await fc.assert(
      fc.asyncProperty(contents, damages, async (written, damage) => {
        const damaged = damage(await encodeCheckpoint(written))
        const before = memory().tensors // Garbage collection cannot interfere before the next task.
        try {
          await disposeAll(decodeCheckpoint(damaged))
        } catch (error) {
          failures += 1
          expect(error).toBeInstanceOf(ChainruleError)
        }
        expect(memory().tensors).toBe(before)
      }),
      { numRuns: 1000 },
    )
    // Damage to the data, or to a name or text in the structure, goes unnoticed.
    expect(failures).toBeGreaterThan(800)
  })

  it('are safetensors files whose tensors are called by their paths', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'run.checkpoint')
      const model = new Map([['layer.weight', tensor([[1, 2]])]])
      await saveCheckpoint(path, { model, optimizer: { state: [{ exp_avg: tensor([3]) }] }, step: 7 })
      const { tensors } = await loadSafetensors(path)
      expect(Object.keys(tensors).sort()).toEqual(['model.layer.weight', 'optimizer.state.0.exp_avg'])
      const loaded = await loadCheckpoint<{ model: Map<string, Tensor>; step: number }>(path)
      expect([loaded.step, [...loaded.model.keys()]]).toEqual([7, ['layer.weight']])
      expect(await readdir(folder)).toEqual(['run.checkpoint'])
    }))

  it('tell apart tensors whose paths read the same', async () => {
    const written = { 'a.b': tensor(1), a: { b: tensor(2), 'b#2': tensor(3) }, __metadata__: tensor(4) }
    const bytes = await encodeCheckpoint(written)
    expect(Object.keys(decodeSafetensors(bytes).tensors).sort()).toEqual(['__metadata__#2', 'a.b', 'a.b#2', 'a.b#2#2'])
    expect(await describeStructure(decodeCheckpoint(bytes))).toStrictEqual(await describeStructure(written))
  })

  it('store whatever has a stateDict() as that', async () => {
    class Model {
      readonly weight = new Variable(tensor([1, 2]))
      stateDict(): Record<string, Tensor> {
        return { weight: this.weight }
      }
    }
    const { model } = decodeCheckpoint<{ model: Record<string, Tensor> }>(
      await encodeCheckpoint({ model: new Model() }),
    )
    expect(Object.keys(model)).toEqual(['weight'])
    expect([...(model.weight?.dataSync() ?? [])]).toEqual([1, 2])
  })

  it('hold the values of the call, while variables move on', async () => {
    const weight = new Variable(tensor([1]))
    const plain = { step: 1, weight }
    const encoding = encodeCheckpoint(plain)
    weight.assign(tensor([2]))
    plain.step = 2
    const loaded = decodeCheckpoint<{ step: number; weight: Tensor }>(await encoding)
    expect([loaded.step, ...loaded.weight.dataSync()]).toEqual([1, 1])
  })

  it('carry the random state, so that the same numbers follow', async () => {
    const generator = new Generator(7)
    rand([3], { generator })
    const bytes = await encodeCheckpoint({ random: generator.state })
    const expected = await describeTensor(rand([5], { generator }))
    const resumed = new Generator()
    resumed.state = decodeCheckpoint<{ random: GeneratorState }>(bytes).random
    expect(await describeTensor(rand([5], { generator: resumed }))).toEqual(expected)
  })

  it('keep the old file when the new contents cannot be stored', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'run.checkpoint')
      await saveCheckpoint(path, { step: 1 })
      const before = await readFile(path)
      const gone = tensor([1])
      gone.dispose()
      const failing = tensor([1])
      failing.data = () => Promise.reject(new Error('the device is lost'))
      await expect(saveCheckpoint(path, { step: 2, random: { seed: 2n ** 64n } })).rejects.toThrow(ArgumentError)
      await expect(saveCheckpoint(path, { model: { gone } })).rejects.toThrow(DisposedError)
      await expect(saveCheckpoint(path, { model: { gone } })).rejects.toThrow('tensor "model.gone"')
      await expect(saveCheckpoint(path, { a: tensor([1]), b: failing })).rejects.toThrow('the device is lost')
      expect(await readFile(path)).toEqual(before)
      expect(await readdir(folder)).toEqual(['run.checkpoint'])
    }))

  const cycle: Record<string, unknown> = {}
  cycle.list = [cycle]
  let deep: unknown = 1
  for (let level = 0; level < 101; level += 1) deep = [deep]

  it.each([
    {
      what: 'a bigint',
      value: { random: { seed: 1n } },
      problem: '"random.seed": got a bigint, which JSON has no exact word for',
    },
    { what: 'a function', value: { schedule: [() => 1] }, problem: '"schedule.0": got a function' },
    { what: 'a symbol', value: { a: Symbol('x') }, problem: '"a": got a symbol' },
    { what: 'a date', value: { now: new Date(0) }, problem: '"now": got an instance of Date' },
    {
      what: 'a typed array',
      value: { x: new Float32Array(2) },
      problem: 'an instance of Float32Array, expected tensors, numbers',
    },
    { what: 'a set', value: { x: new Set([1]) }, problem: 'an instance of Set' },
    { what: 'a map from numbers', value: { x: new Map([[1, 2]]) }, problem: '"x": a Map has a number as key' },
    { what: 'a cycle', value: cycle, problem: '"list.0": it contains itself' },
    { what: 'too much depth', value: { deep }, problem: 'lies deeper than 100 levels' },
    { what: 'an array as contents', value: [1], problem: 'the contents: expected a plain object' },
    { what: 'no contents', value: null, problem: 'the contents: expected a plain object' },
  ])('refuse $what and say where it is', async ({ value, problem }) => {
    const result = encodeCheckpoint(value as object)
    await expect(result).rejects.toThrow(ArgumentError)
    await expect(result).rejects.toThrow(problem)
  })

  it('may be a hundred levels deep', async () => {
    let nested: unknown = new Map([['end', -0]])
    for (let level = 0; level < 98; level += 1) nested = new Map([['a', nested]])
    expect(decodeCheckpoint(await encodeCheckpoint({ nested }))).toStrictEqual({ nested })
  })

  it('may share a part between two places', async () => {
    const shared = { weight: tensor([1]) }
    const loaded = decodeCheckpoint<Record<'a' | 'b', typeof shared>>(await encodeCheckpoint({ a: shared, b: shared }))
    expect([...loaded.a.weight.dataSync(), ...loaded.b.weight.dataSync()]).toEqual([1, 1])
  })

  it.each([
    { what: 'a plain safetensors file', texts: {}, problem: 'not a checkpoint. Load it with loadSafetensors' },
    {
      what: 'another version',
      texts: { ...metadata('{}'), version: '2' },
      problem: 'got checkpoint version "2", expected "1"',
    },
    { what: 'broken JSON', texts: metadata('{'), problem: 'the structure cannot be read' },
    { what: 'a list', texts: metadata('[]'), problem: 'the structure is not an object' },
    {
      what: 'an absent tensor',
      texts: metadata('{"b":{"$tensor":"b"}}'),
      problem: 'wants tensor "b", which is absent',
    },
    {
      what: 'a tensor in two places',
      texts: metadata('{"x":{"$tensor":"a"},"y":{"$tensor":"a"}}'),
      problem: 'already in use',
    },
    { what: 'a tensor without a place', texts: metadata('{}'), problem: 'tensor "a" has no place in the structure' },
    { what: 'an unknown tag', texts: metadata('{"x":{"$date":0}}'), problem: 'holds "$date"' },
    { what: 'a tag with company', texts: metadata('{"x":{"$tensor":"a","b":1}}'), problem: 'holds "$tensor"' },
    { what: 'an unknown number', texts: metadata('{"x":{"$number":"1"}}'), problem: 'holds "$number"' },
    { what: 'undefined as false', texts: metadata('{"x":{"$undefined":false}}'), problem: 'holds "$undefined"' },
    { what: 'a map of triples', texts: metadata('{"x":{"$map":[["a",1,2]]}}'), problem: 'holds "$map"' },
    { what: 'a map from numbers', texts: metadata('{"x":{"$map":[[1,2]]}}'), problem: 'holds "$map"' },
    { what: 'a map as object', texts: metadata('{"x":{"$map":{}}}'), problem: 'holds "$map"' },
  ])('are not read from $what', async ({ texts, problem }) => {
    const bytes = await encodeSafetensors({ a: tensor([1]) }, { metadata: texts })
    expect(() => decodeCheckpoint(bytes)).toThrow(FormatError)
    await expect(loadCheckpoint(bytes)).rejects.toThrow(problem)
  })
})

async function disposeAll(value: unknown): Promise<void> {
  if (value instanceof Tensor) value.dispose()
  else if (value instanceof Map || Array.isArray(value)) for (const member of value.values()) await disposeAll(member)
  else if (typeof value === 'object' && value !== null)
    for (const member of Object.values(value)) await disposeAll(member)
}
