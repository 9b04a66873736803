import { itemSize, type SortKernel } from '@chainrule/tensor'
import { i32, i64, local, type Local, select } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'
import { supportedDType, type WasmDType } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import type { WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import { limit } from './pieces.js'
import { runFunction } from './run-function.js'
import { wordAt } from './space-walk.js'

/** Byte positions in the parameters. */
export const sortHead = {
  input: 0,
  values: 4,
  places: 8,
  inputStart: 12,
  valuesStart: 16,
  placesStart: 20,
  axis: 24,
  count: 28,
  inner: 32,
  lines: 36,
  linesPerChunk: 40,
  bytes: 44,
} as const

export type SortStructure = SortKernel['structure']

/** Bytes of an entry: a key of 64 bits, then the place. Two lists of them stand in scratch. */
export const entryBytes = 16

/** Pushes the bits of a float as a whole number in the same order: −0 becomes 0, NaN the largest of all. */
const orderOfFloat = (builder: FunctionBuilder, address: Local<'i32'>, width: 32 | 64): void => {
  const bits = builder.local('i64')
  const size = builder.local('i64')
  const [mantissa, exponent] = width === 32 ? [0x7fffffffn, 0x7f800000n] : [0x7fffffffffffffffn, 0x7ff0000000000000n]
  local.set(bits, width === 32 ? i64.load32_s({}, address) : i64.load({}, address))
  local.set(size, i64.and(bits, mantissa))
  i64.const(mantissa)
  i64.sub(0n, size)
  local.get(size)
  i64.lt_s(bits, 0n)
  select()
  // The exponent is full and the mantissa not empty.
  i64.lt_s(exponent, size)
  select()
}

/** Emits code that pushes the element at an address as a whole number in the same order. */
const keys: Record<WasmDType, (builder: FunctionBuilder, address: Local<'i32'>) => void> = {
  bool: (_, address) => {
    i64.load8_u({}, address)
  },
  int32: (_, address) => {
    i64.load32_s({}, address)
  },
  float32: (builder, address) => {
    orderOfFloat(builder, address, 32)
  },
  float64: (builder, address) => {
    orderOfFloat(builder, address, 64)
  },
}

/** Copies one element. */
const copyElement = (size: number, to: Term, from: Term): void => {
  to()
  from()
  if (size === 8) {
    i64.load({})
    i64.store({})
  } else if (size === 4) {
    i32.load({})
    i32.store({})
  } else {
    i32.load8_u({})
    i32.store8({})
  }
}

/** Copies an entry and moves both pointers on. */
const moveEntry = (from: Local<'i32'>, to: Local<'i32'>): void => {
  i64.store({}, to, i64.load({}, from))
  i32.store({ offset: 8 }, to, i32.load({ offset: 8 }, from))
  local.set(from, i32.add(from, entryBytes))
  local.set(to, i32.add(to, entryBytes))
}

/** target = min(bound, from + length). */
const setEnd = (target: Local<'i32'>, from: Local<'i32'>, length: Local<'i32'>, bound: Local<'i32'>): void => {
  i32.add(from, length)
  local.tee(target)
  local.get(bound)
  i32.lt_u(target, bound)
  select()
  local.set(target)
}

/**
 * Sorts entries by merging runs of twice the length each time, from one list to the other. Of equal keys the earlier entry
 * goes first.
 *
 * @param builder - the function under construction
 * @param list - byte address of the entries; afterwards of the sorted ones
 * @param other - byte address of room for as many
 * @param bytes - bytes of the entries
 */
const mergeSort = (builder: FunctionBuilder, list: Local<'i32'>, other: Local<'i32'>, bytes: Local<'i32'>): void => {
  const integer = (): Local<'i32'> => builder.local('i32')
  const [run, end, left, leftEnd, right, rightEnd, to] = [
    integer(),
    integer(),
    integer(),
    integer(),
    integer(),
    integer(),
    integer(),
  ]
  local.set(run, i32.const(entryBytes))
  builder.while(
    () => i32.lt_u(run, bytes),
    () => {
      local.set(end, i32.add(list, bytes))
      local.set(left, list)
      local.set(to, other)
      builder.while(
        () => i32.lt_u(left, end),
        () => {
          setEnd(leftEnd, left, run, end)
          local.set(right, leftEnd)
          setEnd(rightEnd, right, run, end)
          builder.while(
            () => {
              i32.lt_u(left, leftEnd)
              i32.lt_u(right, rightEnd)
              i32.and()
            },
            () => {
              i64.load({}, right)
              i64.load({}, left)
              i64.lt_s()
              branch(
                () => {
                  moveEntry(right, to)
                },
                () => {
                  moveEntry(left, to)
                },
              )
            },
          )
          builder.while(
            () => i32.lt_u(left, leftEnd),
            () => {
              moveEntry(left, to)
            },
          )
          builder.while(
            () => i32.lt_u(right, rightEnd),
            () => {
              moveEntry(right, to)
            },
          )
          local.set(left, rightEnd)
        },
      )
      local.get(list)
      local.get(other)
      local.set(list)
      local.set(other)
      local.set(run, i32.shl(run, 1))
    },
  )
}

/**
 * The module of a sort.
 *
 * @param structure - dtype and direction
 * @param features - of the engine
 * @returns its bytes
 */
export const sortModule = ({ dtype, descending }: SortStructure, features: WasmFeatures): Uint8Array<ArrayBuffer> => {
  const run = runFunction((builder, { parameters, scratch, first, last }) => {
    const integer = (): Local<'i32'> => builder.local('i32')
    const [axis, count, inner, step, line, end] = [integer(), integer(), integer(), integer(), integer(), integer()]
    const [list, other, bytes, source, values, places] = [
      integer(),
      integer(),
      integer(),
      integer(),
      integer(),
      integer(),
    ]
    const [pointer, place, entry] = [integer(), integer(), integer()]
    const key = builder.local('i64')
    const size = itemSize(dtype)
    const set = (target: Local<'i32'>, ...terms: readonly Term[]): void => {
      for (const term of terms) term()
      local.set(target)
    }
    const word = (at: number): Term => wordAt(parameters, at)
    set(axis, word(sortHead.axis))
    set(count, word(sortHead.count))
    set(inner, word(sortHead.inner))
    local.set(step, i32.mul(inner, size))
    local.set(bytes, i32.mul(axis, entryBytes))
    set(
      line,
      () => local.get(first),
      word(sortHead.linesPerChunk),
      () => i32.mul(),
    )
    set(
      end,
      () => local.get(last),
      word(sortHead.linesPerChunk),
      () => i32.mul(),
    )
    limit(builder, end, word(sortHead.lines))

    /** Elements before the first of the line, where lines have so many elements. */
    const lineStart = (length: Local<'i32'>): Term => {
      return () => {
        i32.mul(i32.mul(i32.div_u(line, inner), length), inner)
        i32.rem_u(line, inner)
        i32.add()
      }
    }
    const address = (operand: number, start: number, length: Local<'i32'>, itemBytes: number): Term => {
      return () => {
        word(operand)()
        word(start)()
        i32.add()
        lineStart(length)()
        i32.const(itemBytes)
        i32.mul()
        i32.add()
      }
    }
    const repeat = (times: Local<'i32'>, body: () => void): void => {
      local.set(place, i32.const(0))
      builder.while(
        () => i32.lt_u(place, times),
        () => {
          builder.scope(body)
          local.set(place, i32.add(place, 1))
        },
      )
    }
    builder.while(
      () => i32.lt_u(line, end),
      () => {
        set(source, address(sortHead.input, sortHead.inputStart, axis, size))
        local.set(list, scratch)
        local.set(other, i32.add(scratch, bytes))
        local.set(pointer, source)
        local.set(entry, list)
        repeat(axis, () => {
          keys[supportedDType(dtype)](builder, pointer)
          local.set(key)
          if (descending) local.set(key, i64.xor(key, -1n))
          i64.store({}, entry, key)
          i32.store({ offset: 8 }, entry, place)
          local.set(pointer, i32.add(pointer, step))
          local.set(entry, i32.add(entry, entryBytes))
        })
        builder.scope(() => {
          mergeSort(builder, list, other, bytes)
        })
        set(values, address(sortHead.values, sortHead.valuesStart, count, size))
        set(places, address(sortHead.places, sortHead.placesStart, count, 4))
        local.set(entry, list)
        repeat(count, () => {
          const from = builder.local('i32')
          local.set(from, i32.load({ offset: 8 }, entry))
          i32.store({}, places, from)
          copyElement(size, readLocal(values), () => i32.add(source, i32.mul(from, step)))
          local.set(values, i32.add(values, step))
          local.set(places, i32.add(places, i32.shl(inner, 2)))
          local.set(entry, i32.add(entry, entryBytes))
        })
        local.set(line, i32.add(line, 1))
      },
    )
  })
  return kernelModule(features, { run })
}
