import { f64, i32, i64, local, select, type Local } from 'wasmati'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'
import { libraryFunction, readLocal } from '../assembly/library-function.js'

/** The bits of 2/π behind the point, after one word of zeros. */
const twoOverPi = [
  0x0n,
  0xa2f9836e4e441529n,
  0xfc2757d1f534ddc0n,
  0xdb6295993c439041n,
  0xfe5163abdebbc561n,
  0xb7246e3a424dd2e0n,
  0x06492eea09d1921cn,
  0xfe1deb1cb129a73en,
  0xe88235f52ebb4484n,
  0xe99c7026b45f7e41n,
  0x3991d639835339f4n,
  0x9c845f8bbdf9283bn,
  0x1ff897ffde05980fn,
  0xef2f118b5a0a6d1fn,
  0x6d367ecf27cb09b7n,
  0x4f463f669e5fea2dn,
  0x7527bac7ebe5f17bn,
  0x3d0739f78a5292ean,
  0x6bfb5fb11f8d5d08n,
  0x56033046fc7b6babn,
]

/** Word number `index` of 2/π, chosen among constants. */
const wordOfTwoOverPi = (builder: FunctionBuilder, index: Term): Term =>
  libraryFunction(builder.library, 'twoOverPi', ['i32'], 'i64', (_, [position]) => () => {
    i64.const(0n)
    twoOverPi.forEach((word, place) => {
      i64.const(BigInt.asIntN(64, word))
      position?.()
      i32.const(place)
      i32.ne()
      select()
    })
  })(index)

/** High 64 bits of the product of two unsigned 64-bit numbers, put together from products of halves. */
const highProduct = (builder: FunctionBuilder, x: Term, y: Term): Term =>
  libraryFunction(builder.library, 'highProduct', ['i64', 'i64'], 'i64', (inner, [left, right]) => {
    const halves = (value: Term | undefined): readonly [Term, Term] => [
      inner.keep('i64', () => {
        value?.()
        i64.const(0xffffffffn)
        i64.and()
      }),
      inner.keep('i64', () => {
        value?.()
        i64.const(32n)
        i64.shr_u()
      }),
    ]
    const [leftLow, leftHigh] = halves(left)
    const [rightLow, rightHigh] = halves(right)
    const product = (a: Term, b: Term): Term => inner.keep('i64', () => multiply(a, b))
    const crossOne = product(leftLow, rightHigh)
    const crossTwo = product(leftHigh, rightLow)
    const carry = inner.keep('i64', () => {
      shiftRight(() => multiply(leftLow, rightLow), 32n)
      lowHalf(crossOne)
      i64.add()
      lowHalf(crossTwo)
      i64.add()
      i64.const(32n)
      i64.shr_u()
    })
    return () => {
      multiply(leftHigh, rightHigh)
      shiftRight(crossOne, 32n)
      i64.add()
      shiftRight(crossTwo, 32n)
      i64.add()
      carry()
      i64.add()
    }
  })(x, y)

const multiply = (x: Term, y: Term): void => {
  x()
  y()
  i64.mul()
}

const shiftRight = (x: Term, places: bigint): void => {
  x()
  i64.const(places)
  i64.shr_u()
}

const lowHalf = (x: Term): void => {
  x()
  i64.const(0xffffffffn)
  i64.and()
}

/**
 * Takes multiples of π/2 off a finite angle ≥ 2^20 (Payne and Hanek's reduction): of the product of x = m 2^e with 2/π only
 * the bits that matter modulo 4 are formed, from the 192 bits of 2/π that meet them.
 *
 * @param builder - the function under construction
 * @param x - the angle, positive; emitted twice
 * @param quadrant - an i64 that receives the multiple (modulo 4)
 * @param remainder - an f64 that receives the remainder, within ±π/4
 */
export const reduceLargeAngle = (
  builder: FunctionBuilder,
  x: Term,
  quadrant: Local<'i64'>,
  remainder: Local<'f64'>,
): void => {
  builder.scope(() => {
    const bits = builder.keep('i64', () => {
      x()
      i64.reinterpret_f64()
    })
    const mantissa = builder.keep('i64', () => {
      bits()
      i64.const(0xfffffffffffffn)
      i64.and()
      i64.const(0x10000000000000n)
      i64.or()
    })
    // The window begins e − 2 bits behind the point, where e is the exponent of the last bit of m; one word of zeros is in
    // front.
    const start = builder.keep('i32', () => {
      shiftRight(bits, 52n)
      i32.wrap_i64()
      i32.const(1075 + 2 - 64)
      i32.sub()
    })
    const shift = builder.keep('i64', () => {
      start()
      i32.const(63)
      i32.and()
      i64.extend_i32_u()
    })
    const word = (place: number): Term =>
      builder.keep(
        'i64',
        wordOfTwoOverPi(builder, () => {
          start()
          i32.const(6)
          i32.shr_u()
          i32.const(place)
          i32.add()
        }),
      )
    const words = [word(0), word(1), word(2), word(3)] as const
    const window = ([first, second]: readonly [Term, Term]): Term =>
      builder.keep('i64', () => {
        first()
        shift()
        i64.shl()
        shiftRight(second, 1n)
        i64.const(63n)
        shift()
        i64.sub()
        i64.shr_u()
        i64.or()
      })
    const [top, middle, bottom] = [
      window([words[0], words[1]]),
      window([words[1], words[2]]),
      window([words[2], words[3]]),
    ] as const
    const low = builder.local('i64')
    const high = builder.local('i64')
    multiply(mantissa, middle)
    highProduct(builder, mantissa, bottom)()
    i64.add()
    local.set(low)
    multiply(mantissa, top)
    highProduct(builder, mantissa, middle)()
    i64.add()
    // The carry of the sum below.
    local.get(low)
    multiply(mantissa, middle)
    i64.lt_u()
    i64.extend_i32_u()
    i64.add()
    local.set(high)
    // Two bits of quadrant, rounded to the nearest; the rest is a signed fraction of π/2.
    shiftRight(readLocal(high), 62n)
    shiftRight(readLocal(high), 61n)
    i64.const(1n)
    i64.and()
    i64.add()
    local.set(quadrant)
    const fraction = builder.keep('i64', () => {
      local.get(high)
      i64.const(2n)
      i64.shl()
      shiftRight(readLocal(low), 62n)
      i64.or()
    })
    fraction()
    f64.convert_i64_s()
    f64.const(2 ** -64)
    f64.mul()
    local.get(low)
    i64.const(2n)
    i64.shl()
    f64.convert_i64_u()
    f64.const(2 ** -128)
    f64.mul()
    f64.add()
    f64.const(Math.PI / 2)
    f64.mul()
    local.set(remainder)
  })
}
