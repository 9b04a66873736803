import {
  add,
  cos,
  div,
  equal,
  exp,
  less,
  lessEqual,
  like,
  log,
  logicalAnd,
  mul,
  neg,
  pow,
  sign,
  sin,
  sub,
  where,
} from './builders.js'
import type { Expression } from './expression.js'
import type { ScalarOp } from './scalar-ops.js'

/** Partial derivative for each argument from the arguments and the result y; undefined where it is 0 everywhere. */
type Partials = (operands: readonly Expression[], y: Expression) => readonly (Expression | undefined)[]

const flat: Partials = (operands) => operands.map(() => undefined)

const unary =
  (partial: (x: Expression, y: Expression) => Expression): Partials =>
  ([x], y) =>
    x === undefined ? [] : [partial(x, y)]

const binary =
  (
    left: (x: Expression, y: Expression, z: Expression) => Expression,
    right: (x: Expression, y: Expression, z: Expression) => Expression,
  ): Partials =>
  ([x, y], z) =>
    x === undefined || y === undefined ? [] : [left(x, y, z), right(x, y, z)]

/** 0 where the first loses, ½ at a tie, else 1: a NaN passes the gradient to both, as PyTorch. */
const share = (loses: Expression, ties: Expression, x: Expression): Expression =>
  where(loses, like(x, 0), where(ties, like(x, 0.5), like(x, 1)))

/**
 * Partials of every scalar primitive: with the chain rule over expressions, the derivatives of every elementwise op.
 * `where` and `cast` are handled by the chain rule itself.
 */
export const scalarPartials: Readonly<Record<Exclude<ScalarOp, 'where' | 'cast'>, Partials>> = {
  add: binary(
    (x) => like(x, 1),
    (x) => like(x, 1),
  ),
  sub: binary(
    (x) => like(x, 1),
    (x) => like(x, -1),
  ),
  mul: binary(
    (_, y) => y,
    (x) => x,
  ),
  div: binary(
    (_, y) => div(like(y, 1), y),
    // −x / y² as −(x / y) / y, which does not overflow early.
    (_, y, z) => neg(div(z, y)),
  ),
  neg: unary((x) => like(x, -1)),
  abs: unary((x) => sign(x)),
  sign: flat,
  pow: binary(
    // y x^(y−1), which is 0 for y = 0 even where x^(−1) is infinite.
    (x, y) => where(equal(y, like(y, 0)), like(x, 0), mul(y, pow(x, sub(y, like(y, 1))))),
    // x^y ln x, which is 0 at x = 0 with y ≥ 0, as PyTorch.
    (x, y, z) => {
      const vanishes = logicalAnd(equal(x, like(x, 0)), lessEqual(like(y, 0), y))
      return where(vanishes, like(x, 0), mul(z, log(x)))
    },
  ),
  maximum: binary(
    (x, y) => share(less(x, y), equal(x, y), x),
    (x, y) => share(less(y, x), equal(x, y), x),
  ),
  minimum: binary(
    (x, y) => share(less(y, x), equal(x, y), x),
    (x, y) => share(less(x, y), equal(x, y), x),
  ),
  floor: flat,
  ceil: flat,
  round: flat,
  sqrt: unary((_, y) => div(like(y, 0.5), y)),
  exp: unary((_, y) => y),
  expm1: unary((_, y) => add(y, like(y, 1))),
  log: unary((x) => div(like(x, 1), x)),
  log1p: unary((x) => div(like(x, 1), add(x, like(x, 1)))),
  sin: unary((x) => cos(x)),
  cos: unary((x) => neg(sin(x))),
  atan: unary((x) => div(like(x, 1), add(like(x, 1), mul(x, x)))),
  tanh: unary((_, y) => sub(like(y, 1), mul(y, y))),
  // erf' = 2/√π e^(−x²)
  erf: unary((x) => mul(like(x, 2 / Math.sqrt(Math.PI)), exp(neg(mul(x, x))))),
  sigmoid: unary((_, y) => mul(y, sub(like(y, 1), y))),
  equal: flat,
  less: flat,
  lessEqual: flat,
  logicalAnd: flat,
  logicalOr: flat,
  logicalNot: flat,
}
