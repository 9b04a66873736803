import { labelOf, type OpAttributes, type OpName } from '../op-table.js'
import { nextNode } from './node-count.js'
import { Value } from './value.js'

/** One op of a graph: what a tape keeps of it, and what a compiler rewrites. */
export class GraphNode<Name extends OpName = OpName> {
  /** Differs for each node made in this process; later ops have greater ones. */
  readonly id: number = nextNode()
  /** Kind of op. */
  readonly op: Name
  /** What it takes. */
  readonly inputs: readonly Value[]
  /** What it gives. */
  readonly outputs: readonly Value[]
  /** What else decides its result. */
  readonly attributes: OpAttributes[Name]

  /**
   * @param op - kind of op
   * @param inputs - values it takes
   * @param outputs - shape and dtype of each result
   * @param attributes - what else decides its result
   */
  constructor(
    op: Name,
    inputs: readonly Value[],
    outputs: readonly Pick<Value, 'shape' | 'dtype'>[],
    attributes: OpAttributes[Name],
  ) {
    this.op = op
    this.inputs = inputs
    this.attributes = attributes
    this.outputs = outputs.map(({ shape, dtype }, position) => {
      const value = new Value(shape, dtype)
      value.producer = this
      value.position = position
      return value
    })
  }

  /** Shown instead of the op's name. */
  caption: string | undefined

  /** Public name of the op. */
  get label(): string {
    return this.caption ?? labelOf(this.op, this.attributes)
  }
}
