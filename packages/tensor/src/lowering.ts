import type { Cell } from './cell.js'
import type { Kernel } from './kernel.js'
import { isDense, sizeOf } from './shape.js'
import { denseLayout, type TensorLayout, type TensorSpec } from './tensor-layout.js'

/** An operand of a launch: a tensor that the op was given, makes, or needs in between. */
export interface Operand {
  readonly from: 'input' | 'output' | 'temporary'
  readonly index: number
}

/** One kernel with its operands and the numbers for its cell slots. */
export interface Launch {
  readonly kernel: Kernel
  readonly inputs: readonly Operand[]
  readonly outputs: readonly Operand[]
  readonly cells: readonly (number | Cell)[]
}

/** An operand that lies dense in memory. */
export interface DenseOperand {
  readonly operand: Operand
  readonly offset: number
}

/**
 * Collects the launches that carry out one op. Eager execution and the compiler lower ops through the same rules:
 * there is no second code path.
 */
export class Lowering {
  /** Layouts of the tensors the op was given. */
  readonly inputs: readonly TensorLayout[]
  /** Layouts of the tensors the op makes; dense. */
  readonly outputs: readonly TensorLayout[]
  /** Tensors needed in between. */
  readonly temporaries: TensorSpec[] = []
  /** What runs, in order. */
  readonly launches: Launch[] = []

  /**
   * @param inputs - layouts of the op's inputs
   * @param outputs - layouts of the op's outputs
   */
  constructor(inputs: readonly TensorLayout[], outputs: readonly TensorLayout[]) {
    this.inputs = inputs
    this.outputs = outputs
  }

  /** Input `index` as an operand. */
  input(index: number): Operand {
    return { from: 'input', index }
  }

  /** Output `index` as an operand. */
  output(index: number): Operand {
    return { from: 'output', index }
  }

  /** A new dense tensor that lives while the op runs. */
  temporary(spec: TensorSpec): Operand {
    this.temporaries.push(spec)
    return { from: 'temporary', index: this.temporaries.length - 1 }
  }

  /** Layout of input `index`. */
  layout(index: number): TensorLayout {
    const layout = this.inputs[index]
    if (layout === undefined) throw new RangeError(`lowering: no input ${index}`)
    return layout
  }

  /** Layout of output `index`. */
  result(index = 0): TensorLayout {
    const layout = this.outputs[index]
    if (layout === undefined) throw new RangeError(`lowering: no output ${index}`)
    return layout
  }

  /** Input `index` in dense memory, copied there if it is not. */
  dense(index: number): DenseOperand {
    const layout = this.layout(index)
    if (isDense(layout.shape, layout.strides)) return { operand: this.input(index), offset: layout.offset }
    const operand = this.temporary(layout)
    this.copy(layout, this.input(index), denseLayout(layout), operand)
    return { operand, offset: 0 }
  }

  /** Copies one tensor to another of the same shape and dtype. */
  copy(source: TensorLayout, from: Operand, target: TensorLayout, to: Operand): void {
    this.launch(
      {
        kind: 'copy',
        structure: { dtype: source.dtype, accumulate: false },
        pieces: [{ input: 0, shape: source.shape, source, target }],
      },
      [from],
      [to],
    )
  }

  /** Fills a dense operand with a number. */
  fill(target: TensorLayout, to: Operand, value: number): void {
    const size = sizeOf(target.shape)
    this.launch(
      {
        kind: 'copy',
        structure: { dtype: target.dtype, accumulate: false },
        fill: { value, size, offset: target.offset },
        pieces: [],
      },
      [],
      [to],
    )
  }

  /** Adds a kernel. */
  launch(
    kernel: Kernel,
    inputs: readonly Operand[],
    outputs: readonly Operand[],
    cells: readonly (number | Cell)[] = [],
  ): void {
    this.launches.push({ kernel, inputs, outputs, cells })
  }
}
