import { isNan, powerOfTwo } from './bits.js'
import type { WgslFunction } from './wgsl-function.js'

/** exp(r) − 1 for |r| ≤ ln(2) / 2: the polynomial of Cephes' expf (S. L. Moshier). */
const exponentialRest: WgslFunction = {
  name: 'exp_rest',
  needs: [],
  source: `
fn exp_rest(r: f32) -> f32 {
  var p = 1.9875691500e-4;
  p = fma(p, r, 1.3981999507e-3);
  p = fma(p, r, 8.3334519073e-3);
  p = fma(p, r, 4.1665795894e-2);
  p = fma(p, r, 1.6666665459e-1);
  p = fma(p, r, 5.0000001201e-1);
  return fma(p * r, r, r);
}`,
}

/** exp(x) = 2^n · exp(r), with n the multiple of ln 2 nearest to x and r the rest; 2^n in two steps, as it may overflow. */
export const exponential: WgslFunction = {
  name: 'exp_of',
  needs: [isNan, powerOfTwo, exponentialRest],
  source: `
fn exp_of(x: f32) -> f32 {
  let bounded = max(min(x, 89.0), -104.0);
  let n = floor(fma(bounded, 1.44269504, 0.5));
  let r = fma(n, 2.12194440e-4, fma(n, -0.693359375, bounded));
  let half = i32(n) >> 1u;
  let result = (exp_rest(r) + 1.0) * power_of_two(half) * power_of_two(i32(n) - half);
  return select(result, x, is_nan(x));
}`,
}

/** exp(x) − 1 = 2^n · (exp(r) − 1) + (2^n − 1): no digits cancel near 0. */
export const exponentialMinusOne: WgslFunction = {
  name: 'expm1_of',
  needs: [isNan, powerOfTwo, exponentialRest, exponential],
  source: `
fn expm1_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (x > 20.0) { return exp_of(x); }
  if (x < -18.0) { return -1.0; }
  let n = floor(fma(x, 1.44269504, 0.5));
  let r = fma(n, 2.12194440e-4, fma(n, -0.693359375, x));
  let scale = power_of_two(i32(n));
  return fma(exp_rest(r), scale, scale - 1.0);
}`,
}

/** 1 / (1 + exp(−x)). */
export const sigmoid: WgslFunction = {
  name: 'sigmoid_of',
  needs: [exponential],
  source: `
fn sigmoid_of(x: f32) -> f32 {
  let z = exp_of(-abs(x));
  return select(1.0, z, x < 0.0) / (1.0 + z);
}`,
}

/** tanh(x): Cephes' polynomial near 0, else 1 − 2 / (exp(2|x|) + 1) with the sign of x. */
export const hyperbolicTangent: WgslFunction = {
  name: 'tanh_of',
  needs: [isNan, exponential],
  source: `
fn tanh_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let size = abs(x);
  if (size < 0.625) {
    let z = x * x;
    var p = -5.70498872745e-3;
    p = fma(p, z, 2.06390887954e-2);
    p = fma(p, z, -5.37397155531e-2);
    p = fma(p, z, 1.33314422036e-1);
    p = fma(p, z, -3.33332819422e-1);
    return fma(p * z, x, x);
  }
  let result = 1.0 - 2.0 / (exp_of(2.0 * min(size, 20.0)) + 1.0);
  return select(result, -result, x < 0.0);
}`,
}
