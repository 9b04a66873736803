import {
  abs,
  add,
  atan,
  cast,
  ceil,
  cos,
  div,
  equal,
  erf,
  exp,
  expm1,
  floor,
  less,
  lessEqual,
  like,
  log,
  log1p,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  round,
  sigmoid,
  sign,
  sin,
  sqrt,
  sub,
  tanh,
  where,
} from '../expression/builders.js'
import type { Expression } from '../expression/expression.js'

/**
 * How an elementwise op treats dtypes, after promotion of its operands:
 * - `numeric`: computes in the promoted dtype; bool is refused unless a logical meaning exists
 * - `float`: integers and bool become float32 first
 * - `same`: computes in the promoted dtype, bool included
 * - `logical`: operands become bool
 * - `select`: the first operand becomes bool, the others are promoted
 */
export type DTypeRule = 'numeric' | 'float' | 'same' | 'logical' | 'select'

/** One elementwise op: its meaning as an expression, from which kernels, dtypes and derivatives follow. */
export interface Elementwise {
  /** Which dtypes it takes and gives. */
  readonly rule: DTypeRule
  /** What it computes. */
  readonly meaning: (...operands: Expression[]) => Expression
  /** Derivatives by operand where a stabler or cheaper form than the chain rule's exists; the reason stands beside it. */
  readonly partials?: (...operands: Expression[]) => (Expression | undefined)[]
}

type Formula = (x: Expression) => Expression
type Formula2 = (x: Expression, y: Expression) => Expression

const unary = (rule: DTypeRule, meaning: Formula, partial?: Formula): Elementwise => ({
  rule,
  meaning: (x) => meaning(need(x)),
  ...(partial && { partials: (x: Expression) => [partial(need(x))] }),
})

const binary = (rule: DTypeRule, meaning: Formula2): Elementwise => ({
  rule,
  meaning: (x, y) => meaning(need(x), need(y)),
})

const need = (operand: Expression | undefined): Expression => {
  if (operand === undefined) throw new RangeError('elementwise: an operand is missing')
  return operand
}

const isBool = (x: Expression): boolean => x.dtype === 'bool'
const square: Formula = (x) => mul(x, x)
const half: Formula = (x) => mul(like(x, 0.5), x)
const reciprocal: Formula = (x) => div(like(x, 1), x)
const one = (x: Expression): Expression => like(x, 1)
const zero = (x: Expression): Expression => like(x, 0)

/** sinh x = (e^x − e^−x) / 2; near 0 by expm1, which keeps small differences, far out by halves, which do not overflow. */
const sinh: Formula = (x) => {
  const e = expm1(abs(x))
  const h = exp(half(abs(x)))
  const near = half(add(e, div(e, add(e, one(x)))))
  const far = sub(mul(half(h), h), div(like(x, 0.5), mul(h, h)))
  return mul(sign(x), where(less(abs(x), one(x)), near, far))
}

/** cosh x = (e^x + e^−x) / 2, by e^(|x|/2), which does not overflow before the result does. */
const cosh: Formula = (x) => {
  const h = exp(half(abs(x)))
  return add(mul(half(h), h), div(like(x, 0.5), mul(h, h)))
}

/** tan x = sin x / cos x. */
const tan: Formula = (x) => div(sin(x), cos(x))

/** arcsin x = arctan(x / √((1 − x)(1 + x))), exact at ±1 through the infinite quotient. */
const asin: Formula = (x) => atan(div(x, sqrt(mul(sub(one(x), x), add(one(x), x)))))

/** arccos x = 2 arctan √((1 − x) / (1 + x)). */
const acos: Formula = (x) => mul(like(x, 2), atan(sqrt(div(sub(one(x), x), add(one(x), x)))))

/** GELU, exact: x Φ(x) = x/2 (1 + erf(x / √2)) (Hendrycks & Gimpel, 2016). */
const gelu: Formula = (x) => mul(half(x), add(one(x), erf(mul(x, like(x, Math.SQRT1_2)))))

/** GELU's derivative Φ(x) + x φ(x). */
const geluPartial: Formula = (x) => {
  const density = mul(like(x, 1 / Math.sqrt(2 * Math.PI)), exp(mul(like(x, -0.5), square(x))))
  return add(half(add(one(x), erf(mul(x, like(x, Math.SQRT1_2))))), mul(x, density))
}

/** tanh(√(2/π) (x + 0.044715 x³)), near 2Φ(x) − 1. */
const geluTangent: Formula = (x) =>
  tanh(mul(like(x, Math.sqrt(2 / Math.PI)), add(x, mul(like(x, 0.044715), mul(x, square(x))))))

/** GELU by tanh: x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))). */
const geluTanh: Formula = (x) => mul(half(x), add(one(x), geluTangent(x)))

/** (1 + t)/2 + x/2 (1 − t²) √(2/π) (1 + 0.134145 x²): one factor of the gradient, as it shares t with the function. */
const geluTanhPartial: Formula = (x) => {
  const t = geluTangent(x)
  const inner = mul(like(x, Math.sqrt(2 / Math.PI)), add(one(x), mul(like(x, 3 * 0.044715), square(x))))
  return add(half(add(one(x), t)), mul(mul(half(x), sub(one(x), square(t))), inner))
}

/** SiLU, x σ(x) (Elfwing et al., 2017). */
const silu: Formula = (x) => mul(x, sigmoid(x))

/** σ (1 + x (1 − σ)): one factor of the gradient, as it shares σ with the function. */
const siluPartial: Formula = (x) => {
  const s = sigmoid(x)
  return mul(s, add(one(x), mul(x, sub(one(x), s))))
}

/** ln(1 + e^x) = max(x, 0) + log1p(e^−|x|), which neither overflows nor cancels. */
const softplus: Formula = (x) => add(maximum(x, zero(x)), log1p(exp(neg(abs(x)))))

const within = (x: Expression, low: Expression, high: Expression): Expression =>
  logicalAnd(lessEqual(low, x), lessEqual(x, high))

const indicator = (condition: Expression, x: Expression): Expression => cast(condition, x.dtype)

/** ELU: x above 0, α (e^x − 1) below (Clevert et al., 2015). */
const elu: Formula2 = (x, alpha) => where(less(zero(x), x), x, mul(alpha, expm1(minimum(x, zero(x)))))

const table = {
  add: binary('same', (x, y) => (isBool(x) ? logicalOr(x, y) : add(x, y))),
  sub: binary('numeric', sub),
  mul: binary('same', (x, y) => (isBool(x) ? logicalAnd(x, y) : mul(x, y))),
  div: binary('float', div),
  pow: binary('numeric', (x, y) => (x.dtype === 'int32' ? integerPower(x, y) : pow(x, y))),
  neg: unary('numeric', neg),
  abs: unary('numeric', abs),
  sign: unary('numeric', sign),
  exp: unary('float', exp),
  expm1: unary('float', expm1),
  log: unary('float', log),
  log1p: unary('float', log1p),
  sqrt: unary('float', sqrt),
  rsqrt: unary('float', (x) => reciprocal(sqrt(x))),
  square: unary('numeric', square),
  reciprocal: unary('float', reciprocal),
  sin: unary('float', sin),
  cos: unary('float', cos),
  // 1 + tan² needs no second division by a cosine near 0.
  tan: unary('float', tan, (x) => add(one(x), square(tan(x)))),
  // The chain rule would divide infinity by infinity at ±1.
  asin: unary('float', asin, (x) => reciprocal(sqrt(mul(sub(one(x), x), add(one(x), x))))),
  acos: unary('float', acos, (x) => neg(reciprocal(sqrt(mul(sub(one(x), x), add(one(x), x)))))),
  atan: unary('float', atan),
  // sinh' = cosh and cosh' = sinh keep both free of the branches of their definitions.
  sinh: unary('float', sinh, cosh),
  cosh: unary('float', cosh, sinh),
  tanh: unary('float', tanh),
  sigmoid: unary('float', sigmoid),
  // The chain rule's pieces cancel at 0 and its exponentials add nothing: the derivative is the sigmoid.
  softplus: unary('float', softplus, sigmoid),
  // ReLU'(0) = 0, as PyTorch, where a maximum would share the gradient at the tie; NaN passes it on.
  relu: unary(
    'same',
    (x) => maximum(x, zero(x)),
    // By the result rather than the argument, so that only one of them is kept.
    (x) => where(lessEqual(maximum(x, zero(x)), zero(x)), zero(x), one(x)),
  ),
  leakyRelu: {
    rule: 'float',
    meaning: (x, slope) => where(less(zero(need(x)), need(x)), need(x), mul(need(slope), need(x))),
  },
  elu: {
    rule: 'float',
    meaning: (x, alpha) => elu(need(x), need(alpha)),
    // Inside the branch x ≤ 0 the minimum of the definition is x itself; the chain rule would halve at 0.
    partials: (x, alpha) => [
      where(less(zero(need(x)), need(x)), one(need(x)), mul(need(alpha), exp(minimum(need(x), zero(need(x)))))),
      where(less(zero(need(x)), need(x)), zero(need(x)), expm1(minimum(need(x), zero(need(x))))),
    ],
  },
  gelu: unary('float', gelu, geluPartial),
  geluTanh: unary('float', geluTanh, geluTanhPartial),
  silu: unary('float', silu, siluPartial),
  erf: unary('float', erf),
  floor: unary('numeric', floor),
  ceil: unary('numeric', ceil),
  round: unary('numeric', round),
  clamp: {
    rule: 'numeric',
    meaning: (x, low, high) => minimum(maximum(need(x), need(low)), need(high)),
    // At the bounds the gradient passes whole, as PyTorch; minimum and maximum would share it.
    partials: (x, low, high) => [
      indicator(within(need(x), need(low), need(high)), need(x)),
      indicator(logicalAnd(less(need(x), need(low)), less(need(low), need(high))), need(x)),
      indicator(logicalOr(less(need(high), need(x)), lessEqual(need(high), need(low))), need(x)),
    ],
  },
  clampMin: {
    rule: 'numeric',
    meaning: (x, low) => maximum(need(x), need(low)),
    partials: (x, low) => [
      indicator(lessEqual(need(low), need(x)), need(x)),
      indicator(less(need(x), need(low)), need(x)),
    ],
  },
  clampMax: {
    rule: 'numeric',
    meaning: (x, high) => minimum(need(x), need(high)),
    partials: (x, high) => [
      indicator(lessEqual(need(x), need(high)), need(x)),
      indicator(less(need(high), need(x)), need(x)),
    ],
  },
  maximum: binary('same', (x, y) => (isBool(x) ? logicalOr(x, y) : maximum(x, y))),
  minimum: binary('same', (x, y) => (isBool(x) ? logicalAnd(x, y) : minimum(x, y))),
  where: { rule: 'select', meaning: (condition, x, y) => where(need(condition), need(x), need(y)) },
  equal: binary('same', equal),
  notEqual: binary('same', (x, y) => logicalNot(equal(x, y))),
  less: binary('same', less),
  lessEqual: binary('same', lessEqual),
  greater: binary('same', (x, y) => less(y, x)),
  greaterEqual: binary('same', (x, y) => lessEqual(y, x)),
  logicalAnd: binary('logical', logicalAnd),
  logicalOr: binary('logical', logicalOr),
  logicalNot: unary('logical', logicalNot),
  isnan: unary('same', (x) => logicalNot(equal(x, x))),
  isinf: unary('float', (x) => equal(abs(x), like(x, Number.POSITIVE_INFINITY))),
  isfinite: unary('float', (x) => less(abs(x), like(x, Number.POSITIVE_INFINITY))),
} satisfies Record<string, Elementwise>

/**
 * x^y modulo 2^32 by squaring: the product of x^(2^b) over the bits b of |y|, found from the highest down by comparison.
 * A negative power is 0, except of 1 and −1, as PyTorch. No device needs float64 for it.
 */
const integerPower: Formula2 = (x, y) => {
  const powers = [x]
  for (let bit = 1; bit <= 30; bit++) powers.push(square(need(powers[bit - 1])))
  let rest = abs(y)
  let product = one(x)
  for (let bit = 30; bit >= 0; bit--) {
    const weight = like(x, 2 ** bit)
    const isSet = lessEqual(weight, rest)
    rest = sub(rest, where(isSet, weight, zero(x)))
    product = mul(product, where(isSet, need(powers[bit]), one(x)))
  }
  const vanishes = logicalAnd(less(y, zero(y)), logicalNot(equal(abs(x), one(x))))
  return where(vanishes, zero(x), product)
}

/** Names of the elementwise ops. */
export type ElementwiseName = keyof typeof table

/** Every elementwise op. */
export const elementwiseTable: Readonly<Record<ElementwiseName, Elementwise>> = table
