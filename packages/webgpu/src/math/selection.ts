import { fromBits, isNan } from './bits.js'
import type { WgslFunction } from './wgsl-function.js'

/** The greater of two floats; NaN wins. The built-in \`max\` may drop it. */
export const maximum: WgslFunction = {
  name: 'maximum',
  needs: [isNan],
  source: `
fn maximum(a: f32, b: f32) -> f32 {
  return select(select(b, a, a > b), a, is_nan(a));
}`,
}

/** The lesser of two floats; NaN wins. */
export const minimum: WgslFunction = {
  name: 'minimum',
  needs: [isNan],
  source: `
fn minimum(a: f32, b: f32) -> f32 {
  return select(select(b, a, a < b), a, is_nan(a));
}`,
}

/** −1, 0 or 1; NaN of NaN. */
export const signOf: WgslFunction = {
  name: 'sign_of',
  needs: [isNan],
  source: `
fn sign_of(x: f32) -> f32 {
  return select(select(select(0.0, -1.0, x < 0.0), 1.0, x > 0.0), x, is_nan(x));
}`,
}

/** Truncates to int32; NaN gives 0, what is out of range saturates. */
export const toInteger: WgslFunction = {
  name: 'to_integer',
  needs: [isNan],
  source: `
fn to_integer(x: f32) -> i32 {
  if (is_nan(x)) { return 0; }
  if (x >= 2147483648.0) { return 2147483647; }
  if (x <= -2147483648.0) { return bitcast<i32>(0x80000000u); }
  return i32(x);
}`,
}

/** Quotient; hardware that multiplies by a reciprocal would lose divisors whose reciprocal is denormal. */
export const divide: WgslFunction = {
  name: 'divide',
  needs: [],
  source: `
fn divide(a: f32, b: f32) -> f32 {
  let scale = select(1.0, 0.25, abs(b) > 8.5e37);
  return (a * scale) / (b * scale);
}`,
}

/** Square root; NaN of what is negative. */
export const squareRoot: WgslFunction = {
  name: 'square_root',
  needs: [fromBits],
  source: `
fn square_root(x: f32) -> f32 {
  return select(sqrt(x), from_bits(0x7fc00000u), x < 0.0);
}`,
}
