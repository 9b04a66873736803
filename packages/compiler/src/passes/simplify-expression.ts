import { constant, type Expression, isFloating, scalar, scalarOps } from '@chainrule/tensor'

const isNumber = (node: Expression | undefined, value: number): boolean =>
  node?.kind === 'constant' && Object.is(node.value, value)

/** What a primitive of simplified arguments is, where that is one of them, bit for bit, whatever the other values are. */
const passedOn = (node: Extract<Expression, { kind: 'scalar' }>): Expression | undefined => {
  const [x, y, z] = node.arguments
  if (x === undefined) return undefined
  switch (node.op) {
    case 'mul':
      return isNumber(y, 1) ? x : isNumber(x, 1) ? y : undefined
    case 'div':
      return isNumber(y, 1) ? x : undefined
    // Of the zeros, only −0 leaves every number alone when it is added, and +0 when it is subtracted.
    case 'add':
      return isNumber(y, isFloating(node.dtype) ? -0 : 0)
        ? x
        : isNumber(x, isFloating(node.dtype) ? -0 : 0)
          ? y
          : undefined
    case 'sub':
      return isNumber(y, 0) ? x : undefined
    case 'pow':
      return isNumber(y, 1) ? x : undefined
    case 'neg':
      return x.kind === 'scalar' && x.op === 'neg' ? x.arguments[0] : undefined
    case 'abs':
      return x.kind === 'scalar' && (x.op === 'neg' || x.op === 'abs') && x.arguments[0] !== undefined
        ? scalarOps.abs(x.arguments[0])
        : undefined
    case 'maximum':
    case 'minimum':
      return x === y ? x : undefined
    case 'where':
      if (y === z) return y
      return x.kind === 'constant' ? (x.value !== 0 ? y : z) : undefined
    case 'cast':
      return x.dtype === node.dtype ? x : undefined
    default:
      return undefined
  }
}

/**
 * An expression with what changes nothing taken out: x · 1, x / 1, x − 0, x + (−0), x¹, −(−x), a choice between equals. Only
 * rules that hold for every number, −0, infinities and NaN included; x + 0 and x · 0 stay.
 *
 * @param root - the expression
 * @param known - the number that an input or cell always holds, where there is one
 * @returns an expression of the same value
 */
export const simplifyExpression = (
  root: Expression,
  known: (leaf: Extract<Expression, { kind: 'input' | 'cell' }>) => number | undefined,
): Expression => {
  const done = new Map<Expression, Expression>()
  const walk = (node: Expression): Expression => {
    const before = done.get(node)
    if (before !== undefined) return before
    let made = node
    if (node.kind === 'input' || node.kind === 'cell') {
      const value = known(node)
      if (value !== undefined) made = constant(value, node.dtype)
    } else if (node.kind === 'scalar') {
      const simpler = scalar(node.op, node.dtype, node.arguments.map(walk)) as typeof node
      made = passedOn(simpler) ?? simpler
    }
    done.set(node, made)
    return made
  }
  return walk(root)
}
