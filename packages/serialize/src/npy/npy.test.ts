import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ChainruleError, DisposedError, FormatError, memory, tensor } from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeNpy, encodeNpy, loadNpy, saveNpy } from '../index.js'
import { damages, tensorMakers } from '../testing/arbitrary-tensor.js'
import { describeTensor } from '../testing/describe-tensor.js'
import { measureLargestAllocation } from '../testing/measure-allocations.js'
import { inTemporaryFolder } from '../testing/temporary-folder.js'

interface FileOptions {
  readonly version?: readonly [number, number]
  readonly dataLength?: number
}

/** An npy file with this header text and `dataLength` zero bytes. */
function file(header: string, { version = [1, 0], dataLength = 0 }: FileOptions = {}): Uint8Array {
  const text = new TextEncoder().encode(header)
  const lengthBytes = version[0] === 1 ? 2 : 4
  const bytes = new Uint8Array(8 + lengthBytes + text.length + dataLength)
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, ...version])
  const view = new DataView(bytes.buffer)
  if (lengthBytes === 2) view.setUint16(8, text.length, true)
  else view.setUint32(8, text.length, true)
  bytes.set(text, 8 + lengthBytes)
  return bytes
}

const header = (description: string, shape: string, order = 'False'): string =>
  `{'descr': ${description}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`

describe('npy', () => {
  it('gives back any tensor', async () => {
    await fc.assert(
      fc.asyncProperty(tensorMakers, async (make) => {
        const written = make()
        const bytes = await encodeNpy(written)
        expect(await describeTensor(decodeNpy(bytes))).toEqual(await describeTensor(written))
        expect(await describeTensor(await loadNpy(new Blob([bytes])))).toEqual(await describeTensor(written))
      }),
    )
  })

  it('begins the data at a multiple of 64 bytes', async () => {
    await fc.assert(
      fc.asyncProperty(tensorMakers, async (make) => {
        const written = make()
        const { byteLength } = await written.data()
        expect(((await encodeNpy(written)).length - byteLength) % 64).toBe(0)
      }),
    )
  })

  it('answers damage with a ChainruleError, without a larger allocation than the file and without leaving a tensor', async () => {
    let failures = 0
    await fc.assert(
      fc.asyncProperty(tensorMakers, damages, async (make, damage) => {
        const written = make()
        const damaged = damage(await encodeNpy(written))
        const before = memory().tensors
        let problem: unknown
        const largest = measureLargestAllocation(() => {
          try {
            decodeNpy(damaged).dispose()
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
    // Damage to the data or to the padding alone goes unnoticed.
    expect(failures).toBeGreaterThan(800)
  })

  it('rearranges Fortran order of every shape', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }), (shape) => {
        const size = shape.reduce((product, axis) => product * axis, 1)
        // Element (i_0, i_1, …) is its own place in row-major order, stored where Fortran order has it.
        const stored = new Int32Array(size)
        for (let place = 0; place < size; place += 1) {
          let [rest, position] = [place, 0]
          shape.forEach((_, axis) => {
            const below = shape.slice(axis + 1).reduce((product, length) => product * length, 1)
            position += Math.floor(rest / below) * shape.slice(0, axis).reduce((product, length) => product * length, 1)
            rest %= below
          })
          stored[position] = place
        }
        const text = header("'<i4'", `(${shape.map((axis) => `${axis},`).join('')})`, 'True')
        const bytes = file(text, { dataLength: 4 * size })
        bytes.set(new Uint8Array(stored.buffer), bytes.length - 4 * size)
        expect([...decodeNpy(bytes).dataSync()]).toEqual(Array.from({ length: size }, (_, place) => place))
      }),
    )
  })

  it('goes to a file and back', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'array.npy')
      const written = tensor([
        [1.5, -0],
        [NaN, Infinity],
      ])
      await saveNpy(path, written)
      expect(await describeTensor(await loadNpy(path))).toEqual(await describeTensor(written))
      expect(await readFile(path)).toEqual(Buffer.from(await encodeNpy(written)))
    }))

  it('leaves the old file and nothing else when the tensor cannot be read', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'array.npy')
      await writeFile(path, 'old')
      const failing = tensor([2])
      failing.data = () => Promise.reject(new Error('the device is lost'))
      await expect(saveNpy(path, failing)).rejects.toThrow(ChainruleError)
      const gone = tensor([2])
      gone.dispose()
      await expect(saveNpy(path, gone)).rejects.toThrow(DisposedError)
      expect(await readdir(folder)).toEqual(['array.npy'])
      expect(await readFile(path, 'utf8')).toBe('old')
    }))

  it.each([
    { what: 'version 2.0', bytes: file(header("'<f4'", '(3,)'), { version: [2, 0], dataLength: 12 }), shape: [3] },
    { what: 'version 3.0', bytes: file(header("'<f4'", '(3,)'), { version: [3, 0], dataLength: 12 }), shape: [3] },
    {
      what: 'no padding and no last comma',
      bytes: file("{'shape':(),'descr':'>f8','fortran_order':True}", { dataLength: 8 }),
      shape: [],
    },
  ])('reads $what', ({ bytes, shape }) => {
    expect(decodeNpy(bytes).shape).toEqual(shape)
  })

  it.each([
    { what: 'no bytes', bytes: new Uint8Array(0), problem: 'does not begin with' },
    {
      what: 'another file',
      bytes: new TextEncoder().encode('PK\u0003\u0004 a zip archive'),
      problem: 'This is not an npy file',
    },
    { what: 'the magic alone', bytes: file('').slice(0, 6), problem: 'got 6 bytes, expected a header' },
    { what: 'no header length', bytes: file('').slice(0, 9), problem: 'got 9 bytes, expected a header' },
    {
      what: 'version 2 without its header length',
      bytes: file('', { version: [2, 0] }).slice(0, 11),
      problem: 'expected a header',
    },
    { what: 'version 4', bytes: file('', { version: [4, 0] }), problem: 'got version 4.0, expected 1.0, 2.0 or 3.0' },
    { what: 'version 1.1', bytes: file('    ', { version: [1, 1] }), problem: 'got version 1.1' },
    {
      what: 'a header beyond its end',
      bytes: file(header("'<f4'", '()')).slice(0, -1),
      problem: 'The file is truncated',
    },
    {
      what: 'a header that is too long',
      bytes: file(' '.repeat(2_000_000), { version: [2, 0] }),
      problem: 'more than the 1048576',
    },
    { what: 'no dictionary', bytes: file('None'), problem: "the header cannot be read: expected '{' at character 0" },
    { what: 'a missing key', bytes: file("{'descr': '<f4', 'shape': ()}"), problem: 'is not a dictionary of exactly' },
    {
      what: 'another key',
      bytes: file(`{'x': True, ${header("'<f4'", '()').slice(1)}`, { dataLength: 4 }),
      problem: 'is not a dictionary of exactly',
    },
    { what: 'a shape of text', bytes: file(header("'<f4'", "'()'")), problem: 'is not a dictionary of exactly' },
    { what: 'a descr of truth', bytes: file(header('True', '()')), problem: 'is not a dictionary of exactly' },
    { what: 'an order as tuple', bytes: file(header("'<f4'", '()', '()')), problem: 'is not a dictionary of exactly' },
    {
      what: 'native byte order',
      bytes: file(header("'=f4'", '()'), { dataLength: 4 }),
      problem: `got descr "=f4", expected '<' or '>'`,
    },
    { what: 'no byte order', bytes: file(header("'|f4'", '()'), { dataLength: 4 }), problem: 'got descr "|f4"' },
    { what: 'complex numbers', bytes: file(header("'<c8'", '()'), { dataLength: 8 }), problem: 'got descr "<c8"' },
    { what: 'text', bytes: file(header("'<U5'", '()'), { dataLength: 20 }), problem: 'got descr "<U5"' },
    { what: 'objects', bytes: file(header("'|O'", '()'), { dataLength: 8 }), problem: 'got descr "|O"' },
    {
      what: 'records',
      bytes: file(header("[('x', '<f4')]", '()'), { dataLength: 4 }),
      problem: 'structured arrays cannot become a tensor',
    },
    { what: 'an overflowing shape', bytes: file(header("'<f4'", '(4294967296, 4294967296)')), problem: 'overflows' },
    {
      what: 'too many axes',
      bytes: file(header("'|b1'", `(${'1,'.repeat(65)})`), { dataLength: 1 }),
      problem: '65 axes',
    },
    {
      what: 'bytes missing',
      bytes: file(header("'<f4'", '(3,)'), { dataLength: 11 }),
      problem: 'float32 of shape (3) takes 12 bytes, but 11 follow the header. The file is truncated',
    },
    {
      what: 'bytes left over',
      bytes: file(header("'<f4'", '(3,)'), { dataLength: 13 }),
      problem: 'but 13 follow the header. Save one array to a file',
    },
    {
      what: 'an enormous array',
      bytes: file(header("'<f4'", '(1000000000000,)'), { dataLength: 4 }),
      problem: 'takes 4000000000000 bytes',
    },
  ])('refuses $what', async ({ bytes, problem }) => {
    expect(() => decodeNpy(bytes)).toThrow(FormatError)
    await expect(loadNpy(bytes)).rejects.toThrow(problem)
  })

  it('refuses a header of version 3 that is not UTF-8', () => {
    const bytes = file('{    }', { version: [3, 0] })
    bytes[14] = 0xff
    expect(() => decodeNpy(bytes)).toThrow('it is not utf-8')
  })
})
