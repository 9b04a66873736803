import { readFileSync } from 'node:fs'
import { type DType, tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { decodeNpy, decodeSafetensors, encodeNpy, encodeSafetensors } from '../index.js'
import { describeTensor } from '../testing/describe-tensor.js'

interface GoldenTensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: readonly (number | string)[]
}

interface GoldenFile {
  readonly format: 'npy' | 'safetensors'
  readonly name: string
  readonly base64: string
  readonly tensors: Readonly<Record<string, GoldenTensor>>
  readonly metadata: Readonly<Record<string, string>>
  readonly same: boolean
}

const files = JSON.parse(readFileSync(new URL('files.json', import.meta.url), 'utf8')) as readonly GoldenFile[]

const arrays = {
  bool: Uint8Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
}

function expectedTensors({ tensors }: GoldenFile): ReturnType<typeof tensor>[] {
  return Object.values(tensors).map(({ dtype, shape, data }) =>
    tensor(arrays[dtype].from(data.map(Number)), { shape, dtype }),
  )
}

describe('golden files', () => {
  it('come from both formats', () => {
    expect(new Set(files.map(({ format }) => format))).toEqual(new Set(['npy', 'safetensors']))
  })

  it.each(files.filter(({ format }) => format === 'npy'))('reads the npy file $name as NumPy does', async (file) => {
    const read = decodeNpy(Buffer.from(file.base64, 'base64'))
    for (const expected of expectedTensors(file)) {
      expect(await describeTensor(read)).toEqual(await describeTensor(expected))
    }
  })

  it.each(files.filter(({ format, same }) => format === 'npy' && same))(
    'writes the npy file $name byte for byte as NumPy does',
    async (file) => {
      for (const written of expectedTensors(file)) {
        expect(Buffer.from(await encodeNpy(written)).toString('base64')).toBe(file.base64)
      }
    },
  )

  const safetensorsFiles = files.filter(({ format }) => format === 'safetensors')

  it.each(safetensorsFiles)('reads the safetensors file $name as the reference implementation does', async (file) => {
    const { tensors, metadata } = decodeSafetensors(Buffer.from(file.base64, 'base64'))
    expect({ ...metadata }).toEqual(file.metadata)
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(file.tensors).sort())
    const expected = expectedTensors(file)
    for (const [index, name] of Object.keys(file.tensors).entries()) {
      const [read, wanted] = [tensors[name], expected[index]]
      if (read === undefined || wanted === undefined) throw new Error(`no tensor ${name}`)
      expect([name, await describeTensor(read)]).toEqual([name, await describeTensor(wanted)])
    }
  })

  it.each(safetensorsFiles.filter(({ same }) => same))(
    'writes the safetensors file $name byte for byte as the reference implementation does',
    async (file) => {
      const expected = expectedTensors(file)
      const tensors = new Map(
        Object.keys(file.tensors).map((name, index) => [name, expected[index] ?? tensor(0)] as const),
      )
      const bytes = await encodeSafetensors(tensors, { metadata: file.metadata })
      expect(Buffer.from(bytes).toString('base64')).toBe(file.base64)
    },
  )
})
