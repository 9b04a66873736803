import { type DType, input, type Reduction, type RowKernel, stage } from '@chainrule/tensor'
import { describe, it } from 'vitest'
import { contents, expectLikeReference, unset } from '../testing/both-devices.js'

/** Numbers at which shaders and CPUs may disagree; subnormal ones are left out, since GPUs may flush them. */
const extremes = {
  float32: [NaN, Infinity, -Infinity, 0, -0, 1, -1, 3.4028234663852886e38, -3.4028234663852886e38, 2 ** -126, 16777217],
  int32: [0, 1, -1, 7, 46341, 65536, 2147483647, -2147483648, -2147483647],
  bool: [0, 1, 1],
} as const

const rows = 40

const outputType = (reduction: Reduction, dtype: DType): DType => {
  if (reduction.startsWith('arg')) return 'int32'
  return dtype === 'bool' && (reduction === 'sum' || reduction === 'prod') ? 'int32' : dtype
}

const exact: readonly (readonly [DType & keyof typeof extremes, readonly Reduction[]])[] = [
  ['float32', ['max', 'min', 'argmax', 'argmin']],
  ['int32', ['sum', 'prod', 'max', 'min', 'argmax', 'argmin']],
  ['bool', ['sum', 'prod', 'max', 'min', 'argmax', 'argmin']],
]

const cases = exact.flatMap(([dtype, reductions]) => reductions.map((reduction) => [dtype, reduction] as const))

describe('rows of extremes', () => {
  it.each(cases)('of %s: %s is exactly that of the CPU', async (dtype, reduction) => {
    // A thread, a few threads, and a workgroup and more for each row; an empty row has no place of an extreme.
    for (const length of [0, 1, 2, 3, 5, 40, 300]) {
      if (length === 0 && reduction.startsWith('arg')) continue
      const values = extremes[dtype]
      const numbers = Array.from(
        { length: Math.max(1, rows * length) },
        (_, at) => values[(at * 7 + Math.floor(at / 3)) % values.length] ?? 0,
      )
      const output = outputType(reduction, dtype)
      const kernel: RowKernel = {
        kind: 'row',
        structure: {
          inputs: [dtype],
          stages: [{ reduction, expression: input(0, dtype) }],
          outputs: [{ per: 'row', expression: stage(0, output) }],
        },
        spaces: [
          {
            kept: 1,
            shape: [rows, length],
            inputs: [{ strides: [length, 1], offset: 0 }],
            outputs: [{ strides: [1], offset: 0 }],
          },
        ],
      }
      await expectLikeReference(kernel, { inputs: [contents(dtype, numbers)], outputs: [unset(output, rows)] })
    }
  })
})
