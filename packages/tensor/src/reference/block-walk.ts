import type { Access } from '../view.js'
import { type Elements, fillRange, requireInside, shortLength } from './elements.js'

/** One stretch of a walk: `length` addresses from `address` on, `stride` apart, for the block's elements from `position` on. */
type Visit = (address: number, stride: number, position: number, length: number) => void

/**
 * An index space and the ways in which operands walk it. Elements are numbered row-major, and any block of consecutive
 * numbers can be moved between an operand and a register. Axes along which every operand runs on are merged first, so
 * the inner loops are as long as the strides allow.
 */
export class BlockWalk {
  /** Number of elements of the space. */
  readonly size: number
  private readonly shape: readonly number[]
  private readonly strides: readonly (readonly number[])[]
  private readonly offsets: readonly number[]
  /** Lowest and highest address of each operand. */
  private readonly lowest: readonly number[]
  private readonly highest: readonly number[]

  /**
   * @param shape - sizes of the space; rank 0 is one element
   * @param accesses - how each operand walks it; strides beyond the rank of the shape are ignored
   */
  constructor(shape: readonly number[], accesses: readonly Access[]) {
    this.size = shape.reduce((product, extent) => product * extent, 1)
    const merged: number[] = []
    const strides: number[][] = accesses.map(() => [])
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const extent = shape[axis] as number
      if (extent === 1) continue
      const outer = merged[0]
      const runsOn =
        outer !== undefined &&
        accesses.every((access, operand) => access.strides[axis] === (strides[operand]?.[0] as number) * outer)
      if (runsOn) merged[0] = outer * extent
      else {
        merged.unshift(extent)
        accesses.forEach((access, operand) => strides[operand]?.unshift(access.strides[axis] as number))
      }
    }
    this.shape = merged
    this.strides = strides
    this.offsets = accesses.map((access) => access.offset)
    const reach = (own: readonly number[], towards: typeof Math.min): number =>
      own.reduce((sum, stride, axis) => sum + towards(0, stride * ((merged[axis] as number) - 1)), 0)
    this.lowest = accesses.map((access, operand) => access.offset + reach(strides[operand] as number[], Math.min))
    this.highest = accesses.map((access, operand) => access.offset + reach(strides[operand] as number[], Math.max))
  }

  /**
   * Copies a block of an operand into a register.
   *
   * @param operand - which access to walk
   * @param source - elements of the operand
   * @param start - number of the first element of the block
   * @param length - how many elements
   * @param register - receives them from its start on
   * @throws DeviceError where the operand is shorter than the walk
   */
  load(operand: number, source: Elements, start: number, length: number, register: Elements): void {
    if (length > 0) this.require(operand, source)
    this.visit(operand, start, length, (address, stride, position, count) => {
      if (stride === 1 && count > shortLength) register.set(source.subarray(address, address + count), position)
      else if (stride === 0) fillRange(register, source[address] as number, position, position + count)
      else {
        const end = position + count
        for (let at = address; position < end; at += stride) register[position++] = source[at] as number
      }
    })
  }

  /**
   * Copies a register into a block of an operand; arguments as for {@link load}.
   *
   * @param operand - which access to walk
   * @param target - elements of the operand
   * @param start - number of the first element of the block
   * @param length - how many elements
   * @param register - holds them from its start on
   */
  store(operand: number, target: Elements, start: number, length: number, register: Elements): void {
    if (length > 0) this.require(operand, target)
    this.visit(operand, start, length, (address, stride, position, count) => {
      if (stride === 1 && count > shortLength) target.set(register.subarray(position, position + count), address)
      else {
        const end = position + count
        for (let at = address; position < end; at += stride) target[at] = register[position++] as number
      }
    })
  }

  /**
   * Adds a register to a block of an operand, one element after the other; arguments as for {@link store}.
   *
   * @param operand - which access to walk
   * @param target - elements of the operand
   * @param start - number of the first element of the block
   * @param length - how many elements
   * @param register - holds them from its start on
   */
  accumulate(operand: number, target: Elements, start: number, length: number, register: Elements): void {
    if (length > 0) this.require(operand, target)
    this.visit(operand, start, length, (address, stride, position, count) => {
      const end = position + count
      for (let at = address; position < end; at += stride) {
        target[at] = (target[at] as number) + (register[position++] as number)
      }
    })
  }

  /**
   * Writes the addresses themselves: with stride 1 along one axis and 0 along the others, the coordinates along it.
   *
   * @param operand - which access to walk
   * @param start - number of the first element of the block
   * @param length - how many elements
   * @param register - receives the addresses from its start on
   */
  addresses(operand: number, start: number, length: number, register: Elements): void {
    this.visit(operand, start, length, (address, stride, position, count) => {
      for (let i = 0; i < count; i++) register[position + i] = address + i * stride
    })
  }

  private require(operand: number, elements: Elements): void {
    requireInside(elements, this.lowest[operand] as number, this.highest[operand] as number)
  }

  /** Calls back for each stretch of the innermost axis that the block covers, in order. */
  private visit(operand: number, start: number, length: number, callback: Visit): void {
    if (length === 0) return
    const strides = this.strides[operand] as readonly number[]
    const offset = this.offsets[operand] as number
    const last = this.shape.length - 1
    const innerStride = strides[last] ?? 0
    if (last <= 0) {
      callback(offset + start * innerStride, innerStride, 0, length)
      return
    }
    const coordinates = new Array<number>(last + 1)
    let address = offset
    for (let axis = last, rest = start; axis >= 0; axis--) {
      const extent = this.shape[axis] as number
      const coordinate = rest % extent
      coordinates[axis] = coordinate
      address += coordinate * (strides[axis] as number)
      rest = (rest - coordinate) / extent
    }
    for (let position = 0; position < length;) {
      const inner = coordinates[last] as number
      const count = Math.min((this.shape[last] as number) - inner, length - position)
      callback(address, innerStride, position, count)
      position += count
      coordinates[last] = inner + count
      address += count * innerStride
      for (let axis = last; axis > 0 && coordinates[axis] === this.shape[axis]; axis--) {
        address += (strides[axis - 1] as number) - (coordinates[axis] as number) * (strides[axis] as number)
        coordinates[axis] = 0
        coordinates[axis - 1] = (coordinates[axis - 1] as number) + 1
      }
    }
  }
}
