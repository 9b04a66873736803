import { ArgumentError } from '../errors.js'
import type { Expression } from '../expression/expression.js'
import { type Elements, fillRange, supportedDType } from './elements.js'
import type { RegisterFile } from './registers.js'
import { conversions } from './scalar-functions.js'
import { type ScalarLoop, scalarLoop } from './scalar-loops.js'

/** A register that is filled from outside before an evaluation, and which operand, axis or stage it stands for. */
export interface Leaf {
  readonly position: number
  readonly register: Elements
}

/** A register that holds one number throughout a run. */
interface Uniform {
  readonly register: Elements
  readonly value: (cells: readonly number[], count: number) => number
}

/**
 * Expressions made ready to be evaluated block by block: every node of their DAG has a register of its dtype and is
 * computed once for a block.
 */
export interface BlockProgram {
  /** Where the elements of inputs go. */
  readonly inputs: readonly Leaf[]
  /** Where coordinates along axes go. */
  readonly indices: readonly Leaf[]
  /** Where results of stages go. */
  readonly stages: readonly Leaf[]
  /** Registers of the expressions. */
  readonly results: readonly Elements[]
  /** Sets what stays the same throughout a run, in the first `length` elements of its registers. */
  begin(cells: readonly number[], count: number, length: number): void
  /** Computes the first `length` elements of the results from the leaves. */
  evaluate(length: number): void
}

const cellAt = (cells: readonly number[], slot: number): number => {
  const value = cells[slot]
  if (value !== undefined) return value
  throw new ArgumentError(
    `reference device: got ${cells.length} cells, expected one for slot ${slot}. Pass a number for each slot of the kernel.`,
  )
}

/**
 * Compiles expressions into a list of loops over registers.
 *
 * @param expressions - roots of the DAG
 * @param registers - supplies the registers
 * @returns the program; it may be evaluated any number of times after `begin`
 */
export const compileBlockProgram = (expressions: readonly Expression[], registers: RegisterFile): BlockProgram => {
  const inputs: Leaf[] = []
  const indices: Leaf[] = []
  const stages: Leaf[] = []
  const uniforms: Uniform[] = []
  const uniformLoops: ScalarLoop[] = []
  const loops: ScalarLoop[] = []
  const places = new Map<Expression, { readonly register: Elements; readonly isUniform: boolean }>()

  const place = (expression: Expression): { readonly register: Elements; readonly isUniform: boolean } => {
    const known = places.get(expression)
    if (known !== undefined) return known
    const operands = expression.kind === 'scalar' ? expression.arguments.map(place) : []
    const register = registers.take(expression.dtype)
    const convert = conversions[supportedDType(expression.dtype)]
    let isUniform = false
    switch (expression.kind) {
      case 'input':
        inputs.push({ position: expression.input, register })
        break
      case 'index':
        indices.push({ position: expression.axis, register })
        break
      case 'stage':
        stages.push({ position: expression.stage, register })
        break
      case 'constant':
        isUniform = true
        uniforms.push({ register, value: () => convert(expression.value) })
        break
      case 'cell':
        isUniform = true
        uniforms.push({ register, value: (cells) => convert(cellAt(cells, expression.cell)) })
        break
      case 'count':
        isUniform = true
        uniforms.push({ register, value: (_cells, count) => convert(count) })
        break
      case 'scalar': {
        isUniform = operands.every((operand) => operand.isUniform)
        const loop = scalarLoop(
          expression.op,
          expression.dtype,
          register,
          operands.map((operand) => operand.register),
        )
        if (isUniform) uniformLoops.push(loop)
        else loops.push(loop)
        break
      }
    }
    const placed = { register, isUniform }
    places.set(expression, placed)
    return placed
  }

  const results = expressions.map((expression) => place(expression).register)
  return {
    inputs,
    indices,
    stages,
    results,
    begin(cells, count, length) {
      for (const uniform of uniforms) fillRange(uniform.register, uniform.value(cells, count), 0, length)
      for (const loop of uniformLoops) loop(length)
    },
    evaluate(length) {
      for (const loop of loops) loop(length)
    },
  }
}
