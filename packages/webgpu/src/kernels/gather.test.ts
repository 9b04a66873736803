import type { DType, GatherKernel } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import {
  contents,
  download,
  expectLikeReference,
  floats,
  places,
  sampleNumbers,
  unset,
  upload,
  webgpu,
} from '../testing/both-devices.js'

const sizes = [
  { outer: 1, axis: 5, count: 7, inner: 1 },
  { outer: 2, axis: 6, count: 3, inner: 4 },
  { outer: 3, axis: 50, count: 100, inner: 3 },
]

const cases = (['take', 'along'] as const).flatMap((mode) => sizes.map((size) => ({ mode, ...size })))

const kernelOf = (
  mode: 'take' | 'along',
  dtype: DType,
  size: (typeof sizes)[number],
  offset: number,
): GatherKernel => ({
  kind: 'gather',
  structure: { mode, dtype },
  ...size,
  offsets: { source: offset, index: offset, output: offset },
})

describe('gather', () => {
  it.each(cases)(
    'reads float32 and bool, $mode, [$outer, $axis, $inner] at $count places',
    async ({ mode, ...size }) => {
      const { outer, axis, count, inner } = size
      const indices = mode === 'take' ? count : outer * count * inner
      const source = outer * axis * inner
      const result = outer * count * inner
      await expectLikeReference(kernelOf(mode, 'float32', size, 0), {
        inputs: [floats(source), places(indices, axis)],
        outputs: [unset('float32', result)],
      })
      const bools = contents(
        'bool',
        sampleNumbers(source + 3).map((value) => Number(value > 0)),
      )
      await expectLikeReference(kernelOf(mode, 'bool', size, 3), {
        inputs: [bools, places(indices + 3, axis)],
        outputs: [unset('bool', result + 6)],
      })
    },
  )

  it('rejects the next read after an index outside its axis, naming op, index and axis, and only that one', async () => {
    const source = upload(webgpu, contents('float32', [1, 2, 3, 4]))
    const index = upload(webgpu, contents('int32', [0, 7, 1]))
    const output = webgpu.allocate(12)
    const kernel = kernelOf('take', 'float32', { outer: 1, axis: 4, count: 3, inner: 1 }, 0)
    webgpu.run(kernel, [source, index], [output], [])
    await expect(download(webgpu, output, 'float32', 3)).rejects.toThrow(
      'IndexError: gather take [1, 4, 1] at 3 places: got index 7, expected 0 … 3.'.replace('IndexError: ', ''),
    )
    webgpu.write(index, Int32Array.of(0, 3, 1))
    webgpu.run(kernel, [source, index], [output], [])
    expect([...(await download(webgpu, output, 'float32', 3))]).toEqual([1, 4, 2])
  })
})
