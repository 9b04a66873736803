import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ChainruleError, DisposedError, type Tensor, Variable, memory, tensor } from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors, loadSafetensors, saveSafetensors } from '../index.js'
import { damages, namedMakers, names } from '../testing/arbitrary-tensor.js'
import { describeTensor } from '../testing/describe-tensor.js'
import { measureLargestAllocation } from '../testing/measure-allocations.js'
import { inTemporaryFolder } from '../testing/temporary-folder.js'

async function describeAll(tensors: Iterable<readonly [string, Tensor]>): Promise<unknown> {
  const list = await Promise.all(
    Array.from(tensors, async ([name, value]) => [name, await describeTensor(value)] as const),
  )
  return new Map(list.sort(([left], [right]) => (left < right ? -1 : 1)))
}

const metadata = fc.dictionary(names, names, { maxKeys: 3 })

describe('safetensors', () => {
  it('gives back any tensors under any names, and the metadata', async () => {
    await fc.assert(
      fc.asyncProperty(namedMakers, metadata, async (makers, texts) => {
        const tensors = new Map(makers.map(([name, make]) => [name, make()] as const))
        const bytes = await encodeSafetensors(tensors, { metadata: texts })
        const decoded = decodeSafetensors(bytes)
        expect(await describeAll(Object.entries(decoded.tensors))).toEqual(await describeAll(tensors))
        expect(new Map(Object.entries(decoded.metadata))).toEqual(new Map(Object.entries(texts)))
        const loaded = await loadSafetensors(new Blob([bytes]))
        expect(await describeAll(Object.entries(loaded.tensors))).toEqual(await describeAll(tensors))
        const again = await encodeSafetensors(loaded.tensors, { metadata: loaded.metadata })
        expect(Buffer.from(again).equals(bytes)).toBe(true)
      }),
    )
  })

  it('answers damage with a ChainruleError, without a larger allocation than the file and without leaving a tensor', async () => {
    let failures = 0
    await fc.assert(
      fc.asyncProperty(namedMakers, metadata, damages, async (makers, texts, damage) => {
        const tensors = new Map(makers.map(([name, make]) => [name, make()] as const))
        const damaged = damage(await encodeSafetensors(tensors, { metadata: texts }))
        const before = memory().tensors
        let problem: unknown
        const largest = measureLargestAllocation(() => {
          try {
            for (const made of Object.values(decodeSafetensors(damaged).tensors)) made.dispose()
          } catch (error) {
            problem = error
          }
        })
        expect(memory().tensors).toBe(before)
        if (problem === undefined) return
        failures += 1
        expect(problem).toBeInstanceOf(ChainruleError)
        expect(largest).toBeLessThanOrEqual(damaged.length)
      }),
      { numRuns: 1000 },
    )
    // Damage to the data alone goes unnoticed, as the format has no checksum; most damage is to the header here.
    expect(failures).toBeGreaterThan(800)
  })

  it('stores the values that variables have at the call', async () => {
    const counter = new Variable(tensor([1, 2]))
    const encoding = encodeSafetensors({ counter })
    counter.assign(tensor([3, 4]))
    const { tensors } = decodeSafetensors(await encoding)
    expect([...(tensors.counter?.dataSync() ?? [])]).toEqual([1, 2])
    expect([...counter.dataSync()]).toEqual([3, 4])
  })

  it('lets go of variables after storing them, and after failing to', async () => {
    const counter = new Variable(tensor([1, 2]))
    const references = counter.storage?.references
    await encodeSafetensors({ counter })
    await expect(encodeSafetensors({ counter, ['\ud800']: tensor(1) })).rejects.toThrow('half a surrogate pair')
    expect(counter.storage?.references).toBe(references)
  })

  it('goes to a file and back', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'model.safetensors')
      const state = { 'layer.weight': tensor([[1, 2, 3]]), 'layer.bias': tensor(Float64Array.of(-0, NaN)) }
      await saveSafetensors(path, state, { metadata: { step: '7' } })
      const { tensors, metadata: texts } = await loadSafetensors(path)
      expect(await describeAll(Object.entries(tensors))).toEqual(await describeAll(Object.entries(state)))
      expect(texts.step).toBe('7')
      expect(Buffer.from(await encodeSafetensors(state, { metadata: { step: '7' } }))).toEqual(await readFile(path))
    }))

  it('leaves the old file and nothing else when a tensor cannot be read half way', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'file')
      await writeFile(path, 'old')
      const failing = tensor([2])
      failing.data = () => Promise.reject(new Error('the device is lost'))
      await expect(saveSafetensors(path, { a: tensor([1]), b: failing, c: tensor([3]) })).rejects.toThrow(
        ChainruleError,
      )
      expect(await readdir(folder)).toEqual(['file'])
      expect(await readFile(path, 'utf8')).toBe('old')
    }))

  it('names a disposed tensor before it touches any file', () =>
    inTemporaryFolder(async (folder) => {
      const gone = tensor([1])
      gone.dispose()
      const result = saveSafetensors(join(folder, 'file'), { fine: tensor([1]), gone })
      await expect(result).rejects.toThrow(DisposedError)
      await expect(result).rejects.toThrow('saveSafetensors: tensor "gone": got a disposed tensor')
      expect(await readdir(folder)).toEqual([])
    }))

  it.each([
    { what: 'a number', tensors: { a: 1 }, problem: 'got number for "a", expected a Tensor' },
    { what: 'the reserved name', tensors: { __metadata__: tensor(1) }, problem: 'a name the format reserves' },
    { what: 'half a surrogate pair', tensors: { '\udc00': tensor(1) }, problem: 'half a surrogate pair' },
    { what: 'no tensors at all', tensors: null, problem: 'got null, expected tensors by name' },
  ])('refuses to write $what', async ({ tensors, problem }) => {
    const result = encodeSafetensors(tensors as unknown as Record<string, Tensor>)
    await expect(result).rejects.toThrow(ChainruleError)
    await expect(result).rejects.toThrow(problem)
  })

  it('refuses metadata that is not text', async () => {
    const texts = { step: 7 } as unknown as Record<string, string>
    await expect(encodeSafetensors({}, { metadata: texts })).rejects.toThrow(
      'metadata "step" is number, expected a string',
    )
  })
})
