import type { Parameter } from '@chainrule/autograd'
import {
  concat,
  type CreationOptions,
  linear,
  type OptionNames,
  ShapeError,
  showShape,
  split,
  squeeze,
  stack,
  type Tensor,
  transpose,
  unsqueeze,
  zeros,
} from '@chainrule/tensor'
import { dropout, requireProbability } from '../dropout.js'
import { uniform } from '../initializers/uniform.js'
import { makeParameter } from '../make-parameter.js'
import { Module } from '../module/module.js'
import { requireSizes } from '../require-sizes.js'

/** Options of recurrent layers. */
export interface RecurrentOptions extends CreationOptions {
  /** How many layers, each over the outputs of the one before. Default 1. */
  readonly numLayers?: number
  /** Whether to add biases. Default true. */
  readonly bias?: boolean
  /** Whether the batch is the first axis, rather than the steps. Default false. */
  readonly batchFirst?: boolean
  /** Probability with which outputs between layers are dropped in training. Default 0. */
  readonly dropout?: number
  /** Whether each layer also runs backwards over the steps. Default false. */
  readonly bidirectional?: boolean
}

/** Options of recurrent layers. */
export const recurrentNames: OptionNames<RecurrentOptions> = {
  numLayers: 'place',
  bias: 'place',
  batchFirst: 'place',
  dropout: 'place',
  bidirectional: 'place',
  device: 'name',
  dtype: 'name',
}

/** The parameters of one layer in one direction. */
interface Cell {
  readonly inputWeight: Parameter
  readonly hiddenWeight: Parameter
  readonly inputBias: Parameter | undefined
  readonly hiddenBias: Parameter | undefined
}

/** Outputs of all steps, and each part of the state after the last one, [layers · directions, N, hiddenSize]. */
interface Unrolled {
  readonly output: Tensor
  readonly state: readonly Tensor[]
}

/** The pieces along the first axis, without it. */
const rowsOf = (x: Tensor): readonly Tensor[] => split(x, 1).map((row) => squeeze(row, 0))

/**
 * What RNN, LSTM and GRU share: layers, directions, and the loop over the steps. The parameters are properties named after
 * PyTorch's: `weightIhL0` is `weight_ih_l0`, `biasHhL1Reverse` is `bias_hh_l1_reverse`.
 */
export abstract class Recurrent extends Module {
  /** Size of a step of the input. */
  readonly inputSize: number
  /** Size of the state. */
  readonly hiddenSize: number
  /** How many layers. */
  readonly numLayers: number
  /** Whether the batch is the first axis. */
  readonly batchFirst: boolean
  /** Probability with which outputs between layers are dropped in training. */
  readonly dropout: number
  /** Whether each layer also runs backwards. */
  readonly bidirectional: boolean
  readonly [parameter: `${'weight' | 'bias'}${'Ih' | 'Hh'}L${string}`]: Parameter

  /**
   * @param gates - how many blocks of hiddenSize rows the weights have
   * @param inputSize - size of a step of the input
   * @param hiddenSize - size of the state
   * @param options - see `RecurrentOptions`
   */
  constructor(gates: number, inputSize: number, hiddenSize: number, options: RecurrentOptions) {
    super()
    const { numLayers = 1, bias = true, batchFirst = false, dropout: p = 0, bidirectional = false } = options
    const { dtype, device } = options
    requireSizes(this.constructor.name, { inputSize, hiddenSize, numLayers })
    requireProbability(this.constructor.name, p)
    this.inputSize = inputSize
    this.hiddenSize = hiddenSize
    this.numLayers = numLayers
    this.batchFirst = batchFirst
    this.dropout = p
    this.bidirectional = bidirectional
    const bound = 1 / Math.sqrt(hiddenSize)
    const where = { ...(dtype && { dtype }), ...(device !== undefined && { device }) }
    const make = (shape: readonly number[]): Parameter =>
      makeParameter(() => uniform(shape, { ...where, a: -bound, b: bound }))
    const rows = gates * hiddenSize
    for (let layer = 0; layer < numLayers; layer++) {
      const width = layer === 0 ? inputSize : hiddenSize * this.#directions.length
      for (const suffix of this.#directions) {
        Object.assign(this, {
          [`weightIhL${layer}${suffix}`]: make([rows, width]),
          [`weightHhL${layer}${suffix}`]: make([rows, hiddenSize]),
          ...(bias && {
            [`biasIhL${layer}${suffix}`]: make([rows]),
            [`biasHhL${layer}${suffix}`]: make([rows]),
          }),
        })
      }
    }
  }

  /** Endings of the names of parameters, one a direction. */
  get #directions(): readonly string[] {
    return this.bidirectional ? ['', 'Reverse'] : ['']
  }

  /**
   * One step.
   *
   * @param projected - W_ih x + b_ih of the step, [N, gates · hiddenSize]
   * @param recurrent - gives W_hh h + b_hh
   * @param state - the parts of the state before, [N, hiddenSize] each
   * @returns the parts of the state after; the first is the output
   */
  protected abstract step(
    projected: Tensor,
    recurrent: (hidden: Tensor) => Tensor,
    state: readonly Tensor[],
  ): readonly Tensor[]

  /** How many parts the state has. */
  protected abstract get stateParts(): number

  /**
   * Runs all layers over all steps.
   *
   * @param x - [T, N, inputSize], [N, T, inputSize] with `batchFirst`, or without N
   * @param initial - the parts of the state before the first step, [layers · directions, N, hiddenSize]; zeros unless given
   * @returns outputs in the layout of x, and the parts of the state after the last step
   */
  protected unroll(x: Tensor, initial: readonly Tensor[] | undefined): Unrolled {
    this.#requireInput(x)
    if (x.rank === 2) {
      const { output, state } = this.#unrollSteps(
        unsqueeze(x, 1),
        initial?.map((part) => (part.rank === 2 ? unsqueeze(part, 1) : part)),
      )
      return { output: squeeze(output, 1), state: state.map((part) => squeeze(part, 1)) }
    }
    const { output, state } = this.#unrollSteps(this.batchFirst ? transpose(x, 0, 1) : x, initial)
    return { output: this.batchFirst ? transpose(output, 0, 1) : output, state }
  }

  #requireInput(x: Tensor): void {
    const steps = x.rank === 3 && this.batchFirst ? x.shape[1] : x.shape[0]
    if ((x.rank !== 2 && x.rank !== 3) || x.shape[x.rank - 1] !== this.inputSize || steps === 0) {
      const layout = this.batchFirst ? 'N, T' : 'T, N'
      throw new ShapeError(
        `${this.constructor.name}: got an input of ${showShape(x.shape)}, expected [${layout}, ${this.inputSize}] or ` +
          `[T, ${this.inputSize}] with at least one step T. Check inputSize and batchFirst.`,
      )
    }
  }

  #unrollSteps(x: Tensor, initial: readonly Tensor[] | undefined): Unrolled {
    const runs = this.numLayers * this.#directions.length
    const states = this.#initialStates(x, initial, runs)
    const finals: (readonly Tensor[])[] = []
    let sequence = x
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0 && this.training) sequence = dropout(sequence, this.dropout)
      const outputs = this.#directions.map((suffix) => {
        const before = states[finals.length] ?? []
        const { output, state } = this.#unrollCell(sequence, this.#cell(layer, suffix), before, suffix !== '')
        finals.push(state)
        return output
      })
      sequence = concatenated(outputs)
    }
    const parts = Array.from({ length: this.stateParts }, (_, part) =>
      stack(finals.flatMap((state) => state[part] ?? [])),
    )
    return { output: sequence, state: parts }
  }

  /** The state before the first step, by layer and direction, then by part. */
  #initialStates(x: Tensor, initial: readonly Tensor[] | undefined, runs: number): readonly (readonly Tensor[])[] {
    const batch = x.shape[1] ?? 0
    if (initial === undefined) {
      const zero = zeros([batch, this.hiddenSize], { dtype: x.dtype, device: x.device })
      return Array.from({ length: runs }, () => new Array<Tensor>(this.stateParts).fill(zero))
    }
    const expected = [runs, batch, this.hiddenSize]
    for (const { shape } of initial) {
      if (shape.length !== 3 || shape.some((size, axis) => size !== expected[axis])) {
        throw new ShapeError(
          `${this.constructor.name}: got a state of ${showShape(shape)}, expected ${showShape(expected)} (layers · directions, N, hiddenSize).`,
        )
      }
    }
    const parts = initial.map(rowsOf)
    return Array.from({ length: runs }, (_, run) => parts.flatMap((rows) => rows[run] ?? []))
  }

  #cell(layer: number, suffix: string): Cell {
    const parameters = this as unknown as Readonly<Record<string, Parameter | undefined>>
    const inputWeight = parameters[`weightIhL${layer}${suffix}`]
    const hiddenWeight = parameters[`weightHhL${layer}${suffix}`]
    if (inputWeight === undefined || hiddenWeight === undefined) {
      throw new RangeError(`${this.constructor.name}: no weights for layer ${layer}`)
    }
    return {
      inputWeight,
      hiddenWeight,
      inputBias: parameters[`biasIhL${layer}${suffix}`],
      hiddenBias: parameters[`biasHhL${layer}${suffix}`],
    }
  }

  /** One layer in one direction. The inputs of all steps are multiplied at once. */
  #unrollCell(sequence: Tensor, cell: Cell, before: readonly Tensor[], isReverse: boolean): Unrolled {
    const projected = rowsOf(linear(sequence, cell.inputWeight, cell.inputBias))
    const recurrent = (hidden: Tensor): Tensor => linear(hidden, cell.hiddenWeight, cell.hiddenBias)
    let state = before
    const outputs: Tensor[] = []
    for (const step of isReverse ? [...projected].reverse() : projected) {
      state = this.step(step, recurrent, state)
      outputs.push(...state.slice(0, 1))
    }
    return { output: stack(isReverse ? outputs.reverse() : outputs), state }
  }
}

/** Outputs of both directions side by side. */
const concatenated = (outputs: readonly Tensor[]): Tensor => {
  const [only] = outputs
  return outputs.length === 1 && only !== undefined ? only : concat(outputs, -1)
}
