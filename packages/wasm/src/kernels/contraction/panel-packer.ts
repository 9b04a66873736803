import { i32, i8x16, type Local, local, v128 } from 'wasmati'
import type { FunctionBuilder, FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import {
  add,
  and,
  countUp,
  equal,
  less,
  minimum,
  mul,
  named,
  quotient,
  remainder,
  set,
  sub,
  when,
  type Word,
  wordFunction,
} from '../../assembly/words.js'
import { copyVectors } from './copy-vectors.js'
import { moveElement } from './move-element.js'
import type { TileArithmetic } from './tile-arithmetic.js'

/** Depth that is copied at a time before the next panel: rows that lie a page apart share few lines of a cache. */
const copyDepth = 16

/** Everything that the parts of a packer share. */
interface Packing {
  readonly builder: FunctionBuilder
  readonly arithmetic: TileArithmetic
  readonly width: number
  /** Byte address of the element of lane 0, depth 0, and bytes from lane to lane and along the depth. */
  readonly source: Local
  readonly laneStride: Local
  readonly depthStride: Local
  readonly target: Local
}

/** Copies `count` neighbouring elements, as few instructions as possible. */
const copyRun = ({ arithmetic }: Packing, from: Local, to: Local, toOffset: number, count: number): void => {
  const { itemBytes } = arithmetic
  const whole = arithmetic.lanes > 1 ? count - (count % arithmetic.lanes) : 0
  copyVectors(from, to, whole * itemBytes, toOffset)
  for (let at = whole * itemBytes; at < count * itemBytes; at += itemBytes) {
    moveElement(itemBytes, from, to, at, toOffset + at)
  }
}

/** Where a panel of the given width keeps depth `k`, in bytes from its start. */
const rowOf = ({ width, arithmetic }: Packing, k: Word): Word => mul(k, width * arithmetic.itemBytes)

/** Shuffle that takes 32-bit lanes by number, 0 … 3 of the first vector and 4 … 7 of the second. */
const shuffle = (lanes: readonly [number, number, number, number], first: Local, second: Local): void => {
  local.get(first)
  local.get(second)
  const bytes: readonly number[] = lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))
  i8x16.shuffle(bytes as unknown as Parameters<typeof i8x16.shuffle>[0])
}

const shuffled = (
  builder: FunctionBuilder,
  lanes: readonly [number, number, number, number],
  first: Local,
  second: Local,
): Local => {
  const result = builder.local('v128')
  shuffle(lanes, first, second)
  local.set(result)
  return result
}

/** Four vectors of four 32-bit elements, or two of two 64-bit ones, transposed. */
export const transposedVectors = (builder: FunctionBuilder, rows: readonly Local[]): Local[] => {
  const [a, b, c, d] = rows as [Local, Local, Local, Local]
  if (rows.length === 2) return [shuffled(builder, [0, 1, 4, 5], a, b), shuffled(builder, [2, 3, 6, 7], a, b)]
  const [lowAb, highAb, lowCd, highCd] = [
    shuffled(builder, [0, 4, 1, 5], a, b),
    shuffled(builder, [2, 6, 3, 7], a, b),
    shuffled(builder, [0, 4, 1, 5], c, d),
    shuffled(builder, [2, 6, 3, 7], c, d),
  ]
  return [
    shuffled(builder, [0, 1, 4, 5], lowAb, lowCd),
    shuffled(builder, [2, 3, 6, 7], lowAb, lowCd),
    shuffled(builder, [0, 1, 4, 5], highAb, highCd),
    shuffled(builder, [2, 3, 6, 7], highAb, highCd),
  ]
}

/** Stores the first `count` elements of a vector. */
export const storeLanes = (
  { lanes, itemBytes }: TileArithmetic,
  to: Local,
  offset: number,
  value: Local,
  count: number,
): void => {
  if (count === lanes) {
    local.get(to)
    local.get(value)
    v128.store({ offset, align: 4 })
    return
  }
  // Fewer than a vector's elements only occur with 32-bit ones: 3 = 2 + 1.
  if (count >= 2) {
    local.get(to)
    local.get(value)
    v128.store64_lane({ offset, align: 4 }, 0)
  }
  if (count % 2 === 1) {
    local.get(to)
    local.get(value)
    if (itemBytes === 8) v128.store64_lane({ offset: offset + (count - 1) * 8, align: 4 }, count - 1)
    else v128.store32_lane({ offset: offset + (count - 1) * 4 }, count - 1)
  }
}

/**
 * One panel whose lanes lie side by side in memory: depths `from` … `to` − 1 are copied. What whole vectors write behind a
 * depth, the next depth overwrites; what they read behind it lies in front of the next one's end, if that is some way on.
 */
const copyPanel = (packing: Packing, source: Local, target: Local, from: Word, to: Word): void => {
  const { builder, arithmetic, depthStride, width } = packing
  const k = builder.local('i32')
  const [row, place] = [builder.local('i32'), builder.local('i32')]
  set(row, add(source, mul(from, depthStride)))
  set(place, add(target, rowOf(packing, from)))
  set(k, from)
  const each = (end: Word, copy: () => void): void => {
    countUp(k, k, end, 1, () => {
      copy()
      set(row, add(row, depthStride))
      set(place, add(place, rowOf(packing, 1)))
    })
  }
  if (arithmetic.lanes > 1 && (width * arithmetic.itemBytes) % 16 !== 0) {
    when(less(15, depthStride), () => {
      each(sub(to, 1), () => {
        copyVectors(row, place, width * arithmetic.itemBytes)
      })
    })
  }
  each(to, () => {
    copyRun(packing, row, place, 0, width)
  })
}

/** One panel whose lanes each run along the depth in memory: vectors are transposed on the way. */
const transposePanel = (packing: Packing, source: Local, target: Local, depth: Local): void => {
  const { builder, arithmetic, width, laneStride } = packing
  const { lanes, itemBytes } = arithmetic
  const k = builder.local('i32')
  const [row, place] = [named(builder, source), named(builder, target)]
  const full = named(builder, and(depth, -lanes))
  const lane = builder.local('i32')
  countUp(k, 0, full, lanes, () => {
    set(lane, row)
    for (let first = 0; first < width; first += lanes) {
      builder.scope(() => {
        const count = Math.min(lanes, width - first)
        const rows = Array.from({ length: lanes }, (_, i) => {
          const value = builder.local('v128')
          if (i >= count) arithmetic.zero()
          else {
            local.get(lane)
            v128.load({ align: 4 })
          }
          local.set(value)
          if (i < count) set(lane, add(lane, laneStride))
          return value
        })
        transposedVectors(builder, rows).forEach((value, step) => {
          storeLanes(arithmetic, place, (step * width + first) * itemBytes, value, count)
        })
      })
    }
    set(row, add(row, lanes * itemBytes))
    set(place, add(place, rowOf(packing, lanes)))
  })
  countUp(k, full, depth, 1, () => {
    set(lane, row)
    for (let i = 0; i < width; i++) {
      moveElement(itemBytes, lane, place, 0, i * itemBytes)
      set(lane, add(lane, laneStride))
    }
    set(row, add(row, itemBytes))
    set(place, add(place, rowOf(packing, 1)))
  })
}

/** One panel element by element, with zeros for lanes from `count` on: the last panel, and any other strides. */
const gatherPanel = (packing: Packing, source: Local, target: Local, depth: Local, count: Local): void => {
  const { builder, arithmetic, width, laneStride, depthStride } = packing
  const { itemBytes } = arithmetic
  const [k, i] = [builder.local('i32'), builder.local('i32')]
  const [row, lane, place] = [named(builder, source), builder.local('i32'), named(builder, target)]
  countUp(k, 0, depth, 1, () => {
    set(lane, row)
    countUp(i, 0, count, 1, () => {
      moveElement(itemBytes, lane, place)
      set(lane, add(lane, laneStride))
      set(place, add(place, itemBytes))
    })
    countUp(i, count, width, 1, () => {
      for (let word = 0; word < itemBytes; word += 4) {
        local.get(place)
        i32.const(0)
        i32.store({ offset: word })
      }
      set(place, add(place, itemBytes))
    })
    set(row, add(row, depthStride))
  })
}

/**
 * The function that packs part of an operand into panels for `registerTile`:
 * `pack(source, laneStride, depthStride, lanes, depth, target, panelDepth)`. Panel p holds lanes p · width … of the operand
 * (rows of the left one, columns of the right one) as `depth` × `width` elements, with zeros for lanes that do not exist.
 * Panels are `panelDepth` × `width` elements apart, so that a panel can be packed in parts. Strides are in bytes; plain and
 * transposed operands take the same time.
 *
 * @param library - functions of the module
 * @param arithmetic - of the elements
 * @param width - lanes of a panel
 * @returns the function
 */
export const panelPacker = (library: FunctionLibrary, arithmetic: TileArithmetic, width: number): WasmFunction =>
  wordFunction(library, 7, (builder, words) => {
    const [source, laneStride, depthStride, lanes, depth, target, panelDepth] = words
    const packing: Packing = { builder, arithmetic, width, source, laneStride, depthStride, target }
    const { itemBytes } = arithmetic
    const panelBytes = named(builder, rowOf(packing, panelDepth))
    const panelStride = named(builder, mul(laneStride, width))
    const [from, to, lane] = [builder.local('i32'), builder.local('i32'), builder.local('i32')]
    const [panelSource, panelTarget] = [builder.local('i32'), builder.local('i32')]
    const start = (): void => {
      set(panelSource, source)
      set(panelTarget, target)
      set(lane, 0)
    }
    const next = (): void => {
      set(panelSource, add(panelSource, panelStride))
      set(panelTarget, add(panelTarget, panelBytes))
    }
    const full = named(builder, sub(lanes, remainder(lanes, width)))
    const eachFullPanel = (body: () => void): void => {
      start()
      countUp(lane, 0, full, width, () => {
        body()
        next()
      })
    }
    start()
    when(
      equal(laneStride, itemBytes),
      () => {
        countUp(from, 0, depth, copyDepth, () => {
          set(to, minimum(add(from, copyDepth), depth))
          eachFullPanel(() => {
            copyPanel(packing, panelSource, panelTarget, from, to)
          })
        })
      },
      () => {
        const transposes = (): void => {
          eachFullPanel(() => {
            transposePanel(packing, panelSource, panelTarget, depth)
          })
        }
        const gathers = (): void => {
          eachFullPanel(() => {
            gatherPanel(packing, panelSource, panelTarget, depth, named(builder, width))
          })
        }
        if (arithmetic.lanes === 1) gathers()
        else when(equal(depthStride, itemBytes), transposes, gathers)
      },
    )
    when(less(full, lanes), () => {
      set(panelSource, add(source, mul(full, laneStride)))
      set(panelTarget, add(target, mul(quotient(full, width), panelBytes)))
      gatherPanel(packing, panelSource, panelTarget, depth, named(builder, sub(lanes, full)))
    })
  })
