import { type Tensor, tensor } from '@chainrule/tensor'
import fc from 'fast-check'

/** Shapes from rank 0 to 4, one in five with an axis of size zero, of at most 81 elements. */
const shapes = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }) },
)

function product(shape: readonly number[]): number {
  return shape.reduce((size, axis) => size * axis, 1)
}

function list<Value>(shape: readonly number[], value: fc.Arbitrary<Value>): fc.Arbitrary<Value[]> {
  return fc.array(value, { minLength: product(shape), maxLength: product(shape) })
}

/** Makes a tensor; a function, since a property that fails must not be shrunk on disposed tensors. */
export type TensorMaker = () => Tensor

/** Tensors of every CPU dtype with any values, NaN, infinities and -0 included. */
export const tensorMakers: fc.Arbitrary<TensorMaker> = shapes.chain((shape) =>
  fc.oneof(
    list(shape, fc.float()).map((data) => () => tensor(Float32Array.from(data), { shape })),
    list(shape, fc.double()).map((data) => () => tensor(Float64Array.from(data), { shape })),
    list(shape, fc.integer()).map((data) => () => tensor(Int32Array.from(data), { shape })),
    list(shape, fc.nat(1)).map((data) => () => tensor(Uint8Array.from(data), { shape, dtype: 'bool' })),
  ),
)

/** Any text that UTF-8 can hold, special names included. */
export const names = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '__proto__', 'constructor', 'toString', '0', '-1', 'a.b', '\u0000', '"\\'),
  },
)

/** Named tensors, as makers. */
export const namedMakers = fc.uniqueArray(fc.tuple(names, tensorMakers), { selector: ([name]) => name, maxLength: 5 })

/** Ways to damage a file: bytes or bits flipped, a digit changed, bytes dropped or repeated in the middle, the end cut off or lengthened. */
export type Damage = (bytes: Uint8Array) => Uint8Array

function splice(bytes: Uint8Array, begin: number, dropped: number, inserted: readonly number[]): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, begin), ...inserted, ...bytes.subarray(begin + dropped)])
}

const places = fc.double({ min: 0, max: 1, noNaN: true })

export const damages: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(places, fc.integer({ min: 0, max: 255 })).map(([place, byte]) => (bytes: Uint8Array) => {
    return splice(bytes, Math.floor(place * (bytes.length - 1)), 1, [byte])
  }),
  fc.tuple(places, fc.integer({ min: 0, max: 7 })).map(([place, bit]) => (bytes: Uint8Array) => {
    // The first 140 bytes hold the lengths and the header of a small file.
    const position = Math.floor(place * Math.min(bytes.length - 1, 140))
    return splice(bytes, position, 1, [(bytes[position] ?? 0) ^ (1 << bit)])
  }),
  fc.tuple(places, fc.constantFrom(...'0123456789')).map(([place, digit]) => (bytes: Uint8Array) => {
    // Sizes and offsets are text: what is left is a sound header that says something else.
    const positions = [...bytes.keys()].filter((index) => /[0-9]/.test(String.fromCharCode(bytes[index] ?? 0)))
    const position = positions[Math.floor(place * (positions.length - 1))] ?? 0
    return splice(bytes, position, 1, [digit.charCodeAt(0)])
  }),
  fc.tuple(places, fc.nat(9), fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 9 })).map(
    ([place, dropped, inserted]) =>
      (bytes: Uint8Array) =>
        splice(bytes, Math.floor(place * bytes.length), dropped, inserted),
  ),
  places.map((place) => (bytes: Uint8Array) => bytes.slice(0, Math.floor(place * bytes.length))),
)
