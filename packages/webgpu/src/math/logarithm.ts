import { fromBits, isNan } from './bits.js'
import type { WgslFunction } from './wgsl-function.js'

/** f²·(−1/2) + f³·P(f), so that ln(1 + f) = f + this, for √½ ≤ 1 + f ≤ √2: the polynomial of Cephes' logf. */
const logarithmRest: WgslFunction = {
  name: 'log_rest',
  needs: [],
  source: `
fn log_rest(f: f32) -> f32 {
  var p = 7.0376836292e-2;
  p = fma(p, f, -1.1514610310e-1);
  p = fma(p, f, 1.1676998740e-1);
  p = fma(p, f, -1.2420140846e-1);
  p = fma(p, f, 1.4249322787e-1);
  p = fma(p, f, -1.6668057665e-1);
  p = fma(p, f, 2.0000714765e-1);
  p = fma(p, f, -2.4999993993e-1);
  p = fma(p, f, 3.3333331174e-1);
  return (fma(p, f, -0.5) * f) * f;
}`,
}

/** ln x = e · ln 2 + ln m, with m = x / 2^e between √½ and √2. */
export const logarithm: WgslFunction = {
  name: 'log_of',
  needs: [fromBits, isNan, logarithmRest],
  source: `
fn log_of(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if (is_nan(x)) { return x; }
  if ((bits & 0x7fffffffu) == 0u) { return from_bits(0xff800000u); }
  if (bits > 0x80000000u) { return from_bits(0x7fc00000u); }
  if (bits == 0x7f800000u) { return x; }
  // A denormal x is an integer in units of 2^-149.
  let normal = select(bits, bitcast<u32>(f32(bits)) - (149u << 23u), bits < 0x00800000u);
  let shifted = normal + 0x004afb0du;
  let e = f32((i32(shifted) >> 23u) - 127);
  let f = bitcast<f32>((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0;
  return fma(e, 0.693359375, f + fma(e, -2.12194440e-4, log_rest(f)));
}`,
}

/** ln(1 + x); near 0 the polynomial takes x itself, as 1 + x would drop its digits. */
export const logarithmOfOnePlus: WgslFunction = {
  name: 'log1p_of',
  needs: [logarithmRest, logarithm],
  source: `
fn log1p_of(x: f32) -> f32 {
  if (x > -0.292 && x < 0.414) { return x + log_rest(x); }
  return log_of(1.0 + x);
}`,
}
