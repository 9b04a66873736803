import { FormatError } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { type ElementType, elementLayouts } from './element-type.js'
import { readElements } from './read-elements.js'
import { writeElements } from './write-elements.js'

type Setter = (view: DataView, offset: number, isLittleEndian: boolean) => void

const float = Math.fround(-1.1)
const samples: readonly { type: ElementType; value: number; set: Setter }[] = [
  { type: 'bool', value: 1, set: (view, offset) => view.setUint8(offset, 1) },
  { type: 'int8', value: -128, set: (view, offset) => view.setInt8(offset, -128) },
  { type: 'uint8', value: 255, set: (view, offset) => view.setUint8(offset, 255) },
  { type: 'int16', value: -30000, set: (view, offset, little) => view.setInt16(offset, -30000, little) },
  { type: 'uint16', value: 60000, set: (view, offset, little) => view.setUint16(offset, 60000, little) },
  { type: 'int32', value: -2147483648, set: (view, offset, little) => view.setInt32(offset, -2147483648, little) },
  { type: 'uint32', value: 2147483647, set: (view, offset, little) => view.setUint32(offset, 2147483647, little) },
  { type: 'int64', value: -2147483648, set: (view, offset, little) => view.setBigInt64(offset, -2147483648n, little) },
  { type: 'uint64', value: 2147483647, set: (view, offset, little) => view.setBigUint64(offset, 2147483647n, little) },
  { type: 'float16', value: 1.5, set: (view, offset, little) => view.setUint16(offset, 0x3e00, little) },
  { type: 'bfloat16', value: 1.5, set: (view, offset, little) => view.setUint16(offset, 0x3fc0, little) },
  { type: 'float32', value: float, set: (view, offset, little) => view.setFloat32(offset, float, little) },
  { type: 'float64', value: -1.1, set: (view, offset, little) => view.setFloat64(offset, -1.1, little) },
]

function elementBytes(type: ElementType, place: number, set: Setter, little: boolean): Uint8Array<ArrayBuffer> {
  const { byteLength } = elementLayouts[type]
  // One byte of offset, so that no element is aligned.
  const bytes = new Uint8Array(1 + 3 * byteLength).subarray(1)
  set(new DataView(bytes.buffer, 1), place * byteLength, little)
  return bytes
}

describe('readElements', () => {
  it('has a sample of every element type', () => {
    expect(samples.map(({ type }) => type).sort()).toEqual(Object.keys(elementLayouts).sort())
  })

  it.each(samples)('reads $type in both byte orders and from any offset', ({ type, value, set }) => {
    for (const little of [true, false]) {
      for (const place of [0, 1, 2]) {
        const expected = [0, 0, 0]
        expected[place] = value
        expect([...readElements('test', elementBytes(type, place, set, little), type, little)]).toEqual(expected)
      }
    }
  })

  it('gives back the bits of every float32, also of signalling NaNs', () => {
    const bits = Uint32Array.of(0x7f800001, 0xff800001, 0x7fc00000, 0x80000000, 1)
    const read = readElements('test', new Uint8Array(bits.slice().buffer), 'float32', true)
    expect(new Uint32Array(read.buffer)).toEqual(bits)
  })

  it.each([
    {
      type: 'uint32' as const,
      set: ((v, o, l) => v.setUint32(o, 2147483648, l)) satisfies Setter,
      value: '2147483648',
    },
    {
      type: 'int64' as const,
      set: ((v, o, l) => v.setBigInt64(o, 1n << 40n, l)) satisfies Setter,
      value: '1099511627776',
    },
    {
      type: 'int64' as const,
      set: ((v, o, l) => v.setBigInt64(o, -2147483649n, l)) satisfies Setter,
      value: '-2147483649',
    },
    {
      type: 'uint64' as const,
      set: ((v, o, l) => v.setBigUint64(o, 2n ** 64n - 1n, l)) satisfies Setter,
      value: '18446744073709551615',
    },
  ])('refuses the $type $value, which int32 cannot hold, and names its place', ({ type, set, value }) => {
    const read = (): unknown => readElements('test', elementBytes(type, 2, set, true), type, true)
    expect(read).toThrow(FormatError)
    expect(read).toThrow(`test: ${type} value ${value} at place 2 does not fit int32`)
  })

  it('reads any byte but 0 as true', () => {
    expect([...readElements('test', Uint8Array.of(0, 1, 2, 255), 'bool', true)]).toEqual([0, 1, 1, 1])
  })
})

describe('writeElements', () => {
  it('stores the low byte first and respects the offset of a view', () => {
    expect([...writeElements(Int32Array.of(9, 0x01020304).subarray(1))]).toEqual([4, 3, 2, 1])
    expect([...writeElements(Float64Array.of(1))]).toEqual([0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
  })
})
