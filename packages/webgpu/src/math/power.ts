import { fromBits, isNan, leadingBits, powerOfTwo } from './bits.js'
import { exponential } from './exponential.js'
import type { WgslFunction } from './wgsl-function.js'

/**
 * ln x for x > 0 as a sum of two floats: m = (1 + s) / (1 − s), ln m = 2s + 2s³/3 + …, with the rounding error of s kept.
 * Products are split by bits, so nothing depends on whether fma rounds once.
 */
const logarithmInTwoParts: WgslFunction = {
  name: 'log_in_two_parts',
  needs: [leadingBits],
  source: `
fn log_in_two_parts(x: f32) -> vec2<f32> {
  let bits = bitcast<u32>(x);
  let normal = select(bits, bitcast<u32>(f32(bits)) - (149u << 23u), bits < 0x00800000u);
  let shifted = normal + 0x004afb0du;
  let e = f32((i32(shifted) >> 23u) - 127);
  let f = bitcast<f32>((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0;
  // s = f / (2 + f); sum_high + sum_low is 2 + f exactly. Taking (2 + f) − 2 instead would be folded to f.
  let s = f / (2.0 + f);
  let s_high = leading_bits(s);
  let sum_high = leading_bits(2.0 + f);
  let sum_low = f - (sum_high - 2.0);
  let remainder = (f - s_high * sum_high) - s_high * sum_low;
  let s_low = remainder / (2.0 + f);
  let z = s * s;
  var p = 0.185;
  p = fma(p, z, 0.22222222);
  p = fma(p, z, 0.28571430);
  p = fma(p, z, 0.4);
  p = fma(p, z, 0.66666667);
  let tail = p * z * s;
  // ln 2 in parts of 9 bits and the rest: e times the first is exact.
  let large = e * 0.693359375;
  let head = 2.0 * s_high;
  let high = large + head;
  let high_rest = (large - (high - (high - large))) + (head - (high - large));
  let low = high_rest + (fma(e, -2.12194440e-4, 2.0 * s_low) + tail);
  let result = high + low;
  return vec2<f32>(result, (high - result) + low);
}`,
}

/** x^y with the special cases of C's pow (IEEE 754-2019, 9.2.1), as PyTorch has them. */
export const power: WgslFunction = {
  name: 'pow_of',
  needs: [fromBits, isNan, leadingBits, powerOfTwo, exponential, logarithmInTwoParts],
  source: `
fn pow_of(x: f32, y: f32) -> f32 {
  if (y == 0.0 || x == 1.0) { return 1.0; }
  if (is_nan(x) || is_nan(y)) { return from_bits(0x7fc00000u); }
  let size = abs(x);
  let infinity = from_bits(0x7f800000u);
  let whole = floor(y) == y;
  let odd = whole && abs(y) < 16777216.0 && (i32(y) & 1) == 1;
  let flips = odd && bitcast<u32>(x) >= 0x80000000u;
  if (abs(y) == infinity) {
    if (size == 1.0) { return 1.0; }
    return select(0.0, infinity, (size > 1.0) == (y > 0.0));
  }
  if (size == 0.0 || size == infinity) {
    let result = select(0.0, infinity, (size == infinity) == (y > 0.0));
    return select(result, -result, flips);
  }
  if (x < 0.0 && !whole) { return from_bits(0x7fc00000u); }
  let log_size = log_in_two_parts(size);
  let bounded = max(min(y, 1e10), -1e10);
  // y · ln |x| in two parts; the low one corrects the exponential to first order.
  let y_high = leading_bits(bounded);
  let log_high = leading_bits(log_size.x);
  let product = bounded * log_size.x;
  let error = ((y_high * log_high - product) + y_high * (log_size.x - log_high) + (bounded - y_high) * log_high)
    + (bounded - y_high) * (log_size.x - log_high);
  let low = fma(bounded, log_size.y, error);
  let scale = exp_of(product);
  // Infinity times a low part of 0 would be NaN.
  let result = select(scale, fma(scale, low, scale), scale < infinity);
  return select(result, -result, flips);
}`,
}
