import type { DType } from '../dtype.js'
import type { GraphNode } from './graph-node.js'

let nextValue = 0

/** A value in a graph: an input of it, or what a node gives. */
export class Value {
  /** Differs for each value made in this process. */
  readonly id: number = nextValue++
  /** Sizes. */
  readonly shape: readonly number[]
  /** Element type. */
  readonly dtype: DType
  /** The node that gives it; undefined for inputs and constants. */
  producer: GraphNode | undefined
  /** Which of the producer's outputs it is. */
  position = 0
  /** Shown in pictures; empty for none. */
  name: string

  /**
   * @param shape - sizes
   * @param dtype - element type
   * @param name - shown in pictures
   */
  constructor(shape: readonly number[], dtype: DType, name = '') {
    this.shape = shape
    this.dtype = dtype
    this.name = name
  }
}
