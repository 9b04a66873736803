import type { DType, Expression } from '@chainrule/tensor'
import type { Term } from './assembly/function-builder.js'
import { integerConstant } from './assembly/integer-code.js'
import { floatLanes, keepValue, type Lanes, supportedDType } from './assembly/lanes.js'
import { scalarOpCode } from './scalar-op-code.js'

/** A leaf of an expression that is read from outside. */
export type Leaf = Exclude<Expression, { kind: 'scalar' } | { kind: 'constant' }>

/** Where the leaves of an expression come from. */
export interface ExpressionSources {
  /**
   * Code that pushes the value of a leaf, in the form that `Lanes` describes: as many neighbouring elements as there are
   * lanes. It is emitted once in each frame that uses the leaf (or in the frame that hoists it).
   */
  leaf(leaf: Leaf): Term
  /**
   * What a leaf changes with, as a set of bits of the caller's choosing: 0 if it never changes within the function, one bit
   * for each loop around it. An expression changes with all that its leaves change with; `hoist` evaluates those that change
   * with no more than asked.
   */
  changesWith(leaf: Leaf): number
}

/** Values known while a piece of code is emitted, and how often that piece uses each expression. */
interface Frame {
  readonly values: Map<Expression, Term>
  uses: ReadonlyMap<Expression, number>
}

/**
 * Emits code for expressions, each node once. Values live in frames: code emitted in an inner frame (the body of a loop)
 * reads what outer frames have computed, and its own values are forgotten when it ends.
 *
 * ```text
 * const code = new ExpressionCode(lanes, sources)
 * code.hoist(outputs, 0)                       // before the loop: cells, constants and what depends on them alone
 * loop(() => code.frame(outputs, () => store(code.value(output))))
 * ```
 */
export class ExpressionCode {
  readonly #lanes: Lanes
  readonly #sources: ExpressionSources
  readonly #frames: Frame[] = []
  readonly #changes = new Map<Expression, number>()

  /**
   * @param lanes - the arithmetic
   * @param sources - where the leaves come from
   */
  constructor(lanes: Lanes, sources: ExpressionSources) {
    this.#lanes = lanes
    this.#sources = sources
    this.#frames.push({ values: new Map(), uses: new Map() })
  }

  /**
   * What an expression changes with.
   *
   * @param expression - the expression
   * @returns the bits of all its leaves
   */
  changesWith(expression: Expression): number {
    const known = this.#changes.get(expression)
    if (known !== undefined) return known
    let changes = 0
    if (expression.kind === 'scalar') {
      for (const argument of expression.arguments) changes |= this.changesWith(argument)
    } else if (expression.kind !== 'constant') changes = this.#sources.changesWith(expression)
    this.#changes.set(expression, changes)
    return changes
  }

  /**
   * The largest parts of expressions that change with no more than `changes`, leaves included.
   *
   * @param roots - the expressions
   * @param changes - what they may change with
   * @returns the parts, each once; constants are left out, as they cost nothing
   */
  parts(roots: Iterable<Expression>, changes: number): Expression[] {
    const found = new Set<Expression>()
    const seen = new Set<Expression>()
    const visit = (expression: Expression): void => {
      if (seen.has(expression) || expression.kind === 'constant') return
      seen.add(expression)
      if ((this.changesWith(expression) & ~changes) === 0) found.add(expression)
      else if (expression.kind === 'scalar') expression.arguments.forEach(visit)
    }
    for (const root of roots) visit(root)
    return [...found]
  }

  /**
   * Evaluates now, in the current frame, the parts of expressions that change with no more than `changes`.
   *
   * @param roots - the expressions
   * @param changes - what they may change with
   */
  hoist(roots: Iterable<Expression>, changes: number): void {
    const parts = this.parts(roots, changes)
    const frame = this.#frame
    const { uses } = frame
    // Without its own count, what the parts share would be computed once for each path that leads to it.
    frame.uses = this.#countUses(parts)
    for (const part of parts) this.keep(part)
    frame.uses = uses
  }

  /**
   * Gives an expression a value that is already known, in the current frame.
   *
   * @param expression - the expression
   * @param term - reads its value
   */
  define(expression: Expression, term: Term): void {
    this.#frame.values.set(expression, term)
  }

  /**
   * Emits code that evaluates expressions anew: the body of a loop.
   *
   * @param roots - the expressions that it evaluates, so that nodes used once need no local
   * @param generate - emits the code; asks for values with `value`
   * @returns what `generate` returns
   */
  frame<R>(roots: Iterable<Expression>, generate: () => R): R {
    this.#frames.push({ values: new Map(), uses: this.#countUses(roots) })
    try {
      return this.#lanes.builder.scope(generate)
    } finally {
      this.#frames.pop()
    }
  }

  /**
   * The value of an expression. What it needs more than once is computed by code emitted now; the term finishes the rest
   * and is to be emitted once, in this frame. (`keep` gives one that may be emitted often.)
   *
   * @param expression - the expression
   * @returns the value
   */
  value(expression: Expression): Term {
    const known = this.#find(expression)
    if (known !== undefined) return known
    if (expression.kind === 'constant') return this.#constant(expression.dtype, expression.value)
    return (this.#frame.uses.get(expression) ?? 0) > 1 ? this.#keep(expression) : this.#compute(expression)
  }

  /**
   * The value of an expression, computed by code emitted now.
   *
   * @param expression - the expression
   * @returns a term that reads it and may be emitted often
   */
  keep(expression: Expression): Term {
    return this.#find(expression) ?? this.#keep(expression)
  }

  /** How often each expression that has no value yet is used in evaluating the roots. */
  #countUses(roots: Iterable<Expression>): Map<Expression, number> {
    const uses = new Map<Expression, number>()
    const count = (expression: Expression): void => {
      const before = uses.get(expression) ?? 0
      uses.set(expression, before + 1)
      if (before === 0 && expression.kind === 'scalar' && this.#find(expression) === undefined) {
        expression.arguments.forEach(count)
      }
    }
    for (const root of roots) count(root)
    return uses
  }

  get #frame(): Frame {
    const frame = this.#frames.at(-1)
    if (frame === undefined) throw new Error('ExpressionCode has no frame.')
    return frame
  }

  #find(expression: Expression): Term | undefined {
    for (let depth = this.#frames.length - 1; depth >= 0; depth--) {
      const term = this.#frames[depth]?.values.get(expression)
      if (term !== undefined) return term
    }
    return undefined
  }

  #keep(expression: Expression): Term {
    const term = keepValue(this.#lanes, expression.dtype, this.#compute(expression))
    this.define(expression, term)
    return term
  }

  #compute(expression: Expression): Term {
    if (expression.kind === 'constant') return this.#constant(expression.dtype, expression.value)
    if (expression.kind !== 'scalar') return this.#sources.leaf(expression)
    const { op, dtype, arguments: operands } = expression
    const [x, y, z] = operands.map((operand) => this.value(operand))
    const missing: Term = () => {
      throw new Error(`${op}: an argument is missing.`)
    }
    return scalarOpCode[op](this.#lanes, {
      dtype,
      of: operands.at(-1)?.dtype ?? dtype,
      terms: [x ?? missing, y ?? missing, z ?? missing],
      constants: operands.map((operand) => (operand.kind === 'constant' ? operand.value : undefined)),
    })
  }

  #constant(dtype: DType, value: number): Term {
    switch (dtype) {
      case 'float32':
      case 'float64':
        return floatLanes(this.#lanes, dtype).constant(value)
      case 'int32':
        return integerConstant(this.#lanes, saturate(value))
      case 'bool':
        return integerConstant(this.#lanes, value === 0 ? 0 : this.#lanes.count === 1 ? 1 : -1)
      case 'float16':
        supportedDType(dtype)
        throw new Error('float16 is not supported.')
    }
  }
}

/** As a cast to int32: truncates, saturates, NaN gives 0. */
const saturate = (value: number): number =>
  Number.isNaN(value) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(value)))
