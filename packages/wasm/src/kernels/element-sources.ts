import { itemSize } from '@chainrule/tensor'
import { i32, i32x4, local, type Local, v128 } from 'wasmati'
import { loadCell, splatNumber } from '../assembly/cell-code.js'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'
import type { Lanes } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import { loadElement, loadElements } from '../assembly/memory-code.js'
import type { ExpressionSources, Leaf } from '../expression-code.js'

/** A coordinate that grows along a row. */
export interface Coordinate {
  /** Its value at the first lane of the vector at hand. */
  readonly value: Local<'i32'>
  /** What it grows by from one element to the next. */
  readonly step: Term
  /** What each lane adds to the first. */
  readonly ramp: Term
}

/** What does not change while elements are worked off. */
export interface FixedSources {
  readonly lanes: Lanes
  /** Byte address of the cells. */
  readonly cells: Term
  /** An i32: how many elements a row reduces. */
  readonly count: Term
  /** As in `ExpressionSources`. */
  changesWith(leaf: Leaf): number
}

/**
 * Where the leaves of expressions come from while code walks over elements: pointers that move along, single elements that
 * are repeated, coordinates, cells. What is at hand changes as loops are emitted.
 */
export class ElementSources implements ExpressionSources {
  /** Pointers to the next elements of inputs. */
  readonly streams = new Map<number, Local<'i32'>>()
  /** Byte addresses of inputs that are read as one element. */
  readonly singles = new Map<number, Term>()
  /** Coordinates by axis. */
  readonly coordinates = new Map<number, Coordinate>()
  /** Results of stages. */
  readonly stages = new Map<number, Term>()
  /** How many vectors behind the pointers the vector at hand is. */
  vector = 0
  readonly #fixed: FixedSources

  /** @param fixed - what does not change */
  constructor(fixed: FixedSources) {
    this.#fixed = fixed
  }

  /** @inheritdoc */
  changesWith(leaf: Leaf): number {
    return this.#fixed.changesWith(leaf)
  }

  /** @inheritdoc */
  leaf(leaf: Leaf): Term {
    const { lanes, cells, count } = this.#fixed
    switch (leaf.kind) {
      case 'cell':
        return loadCell(lanes, leaf.dtype, cells, leaf.cell)
      case 'count':
        return splatNumber(lanes, leaf.dtype, count)
      case 'stage':
        return found(this.stages.get(leaf.stage), `stage ${leaf.stage}`)
      case 'index':
        return this.coordinate(leaf.axis)
      case 'input': {
        const single = this.singles.get(leaf.input)
        if (single !== undefined) return loadElement(lanes, leaf.dtype, single)
        const pointer = found(this.streams.get(leaf.input), `input ${leaf.input}`)
        return loadElements(lanes, leaf.dtype, readLocal(pointer), this.vector * lanes.count * itemSize(leaf.dtype))
      }
    }
  }

  /**
   * The coordinates of the lanes of the vector at hand.
   *
   * @param axis - along which axis
   * @returns the value, of dtype int32
   */
  coordinate(axis: number): Term {
    const { value, step, ramp } = found(this.coordinates.get(axis), `coordinate ${axis}`)
    const { count } = this.#fixed.lanes
    const ahead = this.vector * count
    const first = (): void => {
      local.get(value)
      if (ahead === 0) return
      step()
      i32.const(ahead)
      i32.mul()
      i32.add()
    }
    if (count === 1) return first
    return () => {
      first()
      i32x4.splat()
      ramp()
      i32x4.add()
    }
  }
}

/** What is not undefined, as generated code would be wrong without it. */
export const found = <T>(value: T | undefined, name: string): T => {
  if (value === undefined) throw new Error(`The code generator has no ${name} at hand.`)
  return value
}

/**
 * What each lane of a coordinate adds to the first, kept for the innermost scope.
 *
 * @param lanes - the arithmetic
 * @param step - what the coordinate grows by from one element to the next
 * @returns the vector
 */
export const coordinateRamp = ({ builder, count }: Lanes, step: Term): Term => {
  if (count === 1) return () => i32.const(0)
  const places = lanePlaces(builder)
  return builder.keep('v128', () => {
    step()
    i32x4.splat()
    places()
    i32x4.mul()
  })
}

/** 0, 1, 2, 3. */
export const lanePlaces = (builder: FunctionBuilder): Term =>
  builder.constant('places', 'v128', () => v128.const('i32x4', [0, 1, 2, 3]))
