import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tensor } from './index.js'
import {
  allocateArray,
  type DType,
  dtypes,
  isFloating,
  itemSize,
  promoteTypes,
  promoteWithNumber,
  typedArrayOf,
} from './dtype.js'

const anyType = fc.constantFrom(...dtypes)

/** torch.promote_types of PyTorch 1.13, over the dtypes that exist here. */
const torch: Record<DType, Record<DType, DType>> = {
  bool: { bool: 'bool', int32: 'int32', float16: 'float16', float32: 'float32', float64: 'float64' },
  int32: { bool: 'int32', int32: 'int32', float16: 'float16', float32: 'float32', float64: 'float64' },
  float16: { bool: 'float16', int32: 'float16', float16: 'float16', float32: 'float32', float64: 'float64' },
  float32: { bool: 'float32', int32: 'float32', float16: 'float32', float32: 'float32', float64: 'float64' },
  float64: { bool: 'float64', int32: 'float64', float16: 'float64', float32: 'float64', float64: 'float64' },
}

describe('promotion of dtypes', () => {
  test('is PyTorch’s', () => {
    for (const left of dtypes) for (const right of dtypes) expect(promoteTypes(left, right)).toBe(torch[left][right])
  })

  test('is a lattice: commutative, associative, idempotent', () => {
    fc.assert(
      fc.property(anyType, anyType, anyType, (a, b, c) => {
        expect(promoteTypes(a, b)).toBe(promoteTypes(b, a))
        expect(promoteTypes(promoteTypes(a, b), c)).toBe(promoteTypes(a, promoteTypes(b, c)))
        expect(promoteTypes(a, a)).toBe(a)
      }),
    )
  })

  test('with a number raises the category, never the width', () => {
    fc.assert(
      fc.property(anyType, fc.double(), (dtype, value) => {
        const result = promoteWithNumber(dtype, value)
        if (isFloating(dtype)) expect(result).toBe(dtype)
        else if (Number.isInteger(value)) expect(result).toBe('int32')
        else expect(result).toBe('float32')
      }),
    )
  })
})

describe('host arrays', () => {
  test.each(dtypes)('%s has arrays of its item size, filled with 0', (dtype) => {
    const array = allocateArray(dtype, 3)
    expect(array).toBeInstanceOf(typedArrayOf(dtype))
    expect(array.BYTES_PER_ELEMENT).toBe(itemSize(dtype))
    expect([...array]).toEqual([0, 0, 0])
  })

  test('reading gives the array of the dtype', () => {
    expect(tensor([1]).dataSync()).toBeInstanceOf(Float32Array)
    expect(tensor([1], { dtype: 'float64' }).dataSync()).toBeInstanceOf(Float64Array)
    expect(tensor([1], { dtype: 'int32' }).dataSync()).toBeInstanceOf(Int32Array)
    expect(tensor([true]).dataSync()).toBeInstanceOf(Uint8Array)
  })
})
