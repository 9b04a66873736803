import { fromBits, isNan, multiplyHigh } from './bits.js'
import type { WgslFunction } from './wgsl-function.js'

/**
 * x = q · π/2 + r with |r| ≤ π/4. Up to 8192 by subtracting π/2 in three parts, of which q times the first two is exact
 * (Cody and Waite); beyond that from the bits of 2/π that matter (Payne and Hanek), in 32-bit integers.
 */
const quarterTurns: WgslFunction = {
  name: 'quarter_turns',
  needs: [multiplyHigh],
  source: `
struct QuarterTurns {
  rest: f32,
  quadrant: u32,
}

fn quarter_turns(x: f32) -> QuarterTurns {
  if (abs(x) <= 8192.0) {
    let q = floor(fma(x, 0.63661977, 0.5));
    let r = fma(q, -7.54978995489e-8, fma(q, -4.837512969970703125e-4, fma(q, -1.5703125, x)));
    return QuarterTurns(r, u32(i32(q)));
  }
  var two_over_pi = array<u32, 8>(
    0x00000000u, 0x28be60dbu, 0x9391054au, 0x7f09d5f4u, 0x7d4d3770u, 0x36d8a566u, 0x4f10e410u, 0x7f9458eau,
  );
  let bits = bitcast<u32>(x);
  let significand = (bits << 8u) | 0x80000000u;
  let exponent = ((bits >> 23u) & 0xffu) - 126u;
  let word = min(exponent >> 5u, 4u);
  let shift = exponent & 31u;
  var high = two_over_pi[word];
  var middle = two_over_pi[word + 1u];
  var low = two_over_pi[word + 2u];
  if (shift > 0u) {
    high = (high << shift) | (middle >> (32u - shift));
    middle = (middle << shift) | (low >> (32u - shift));
    low = (low << shift) | (two_over_pi[word + 3u] >> (32u - shift));
  }
  // The product modulo 4 in 2.62 fixed point; (upper, lower) are its 64 bits.
  let lowest = multiply_high(significand, low);
  let lower = significand * middle + lowest;
  let carry = select(0u, 1u, lower < lowest);
  let upper = significand * high + multiply_high(significand, middle) + carry;
  // Rounded to the nearest quarter turn, what is left is signed; 64 bits to float keeps the leading ones.
  let quadrant = (upper + 0x20000000u) >> 30u;
  var rest_upper = upper - (quadrant << 30u);
  var rest_lower = lower;
  let negative = rest_upper >= 0x80000000u;
  if (negative) {
    rest_lower = ~rest_lower + 1u;
    rest_upper = ~rest_upper + select(0u, 1u, rest_lower == 0u);
  }
  let turns = fma(f32(rest_upper), 4294967296.0, f32(rest_lower)) * 2.1684043449710089e-19;
  let size = turns * 1.57079632679;
  if ((x < 0.0) != negative) { return QuarterTurns(-size, select(quadrant, 0u - quadrant, x < 0.0)); }
  return QuarterTurns(size, select(quadrant, 0u - quadrant, x < 0.0));
}`,
}

/** sin of x + quadrants · π/2, from Cephes' polynomials on |r| ≤ π/4. */
const sineOfTurns: WgslFunction = {
  name: 'sine_of_turns',
  needs: [],
  source: `
fn sine_of_turns(r: f32, quadrant: u32) -> f32 {
  let z = r * r;
  let sine = fma(fma(fma(-1.9515295891e-4, z, 8.3321608736e-3), z, -1.6666654611e-1) * z, r, r);
  let fourth = fma(fma(2.443315711809948e-5, z, -1.388731625493765e-3), z, 4.166664568298827e-2) * z;
  let cosine = fma(fourth - 0.5, z, 1.0);
  let value = select(sine, cosine, (quadrant & 1u) == 1u);
  return select(value, -value, (quadrant & 2u) == 2u);
}`,
}

const finite = '(bitcast<u32>(x) & 0x7fffffffu) >= 0x7f800000u'

/** sin x. */
export const sine: WgslFunction = {
  name: 'sin_of',
  needs: [fromBits, quarterTurns, sineOfTurns],
  source: `
fn sin_of(x: f32) -> f32 {
  if (${finite}) { return from_bits(0x7fc00000u); }
  let turns = quarter_turns(x);
  return sine_of_turns(turns.rest, turns.quadrant);
}`,
}

/** cos x. */
export const cosine: WgslFunction = {
  name: 'cos_of',
  needs: [fromBits, quarterTurns, sineOfTurns],
  source: `
fn cos_of(x: f32) -> f32 {
  if (${finite}) { return from_bits(0x7fc00000u); }
  let turns = quarter_turns(x);
  return sine_of_turns(turns.rest, turns.quadrant + 1u);
}`,
}

/** (cos 2πu, sin 2πu) for 0 ≤ u < 1, where the quadrant is exact. */
export const unitCircle: WgslFunction = {
  name: 'unit_circle',
  needs: [sineOfTurns],
  source: `
fn unit_circle(u: f32) -> vec2<f32> {
  let quarters = u * 4.0;
  let quadrant = floor(quarters + 0.5);
  let r = (quarters - quadrant) * 1.57079632679;
  return vec2<f32>(sine_of_turns(r, u32(quadrant) + 1u), sine_of_turns(r, u32(quadrant)));
}`,
}

/** atan x, from Cephes' polynomial after reducing |x| to at most tan(π/8). */
export const arcTangent: WgslFunction = {
  name: 'atan_of',
  needs: [isNan],
  source: `
fn atan_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let size = abs(x);
  var base = 0.0;
  var t = size;
  if (size > 2.414213562373095) {
    base = 1.5707963267948966;
    t = select(-1.0 / size, 0.0, size > 1e20);
  } else if (size > 0.4142135623730950) {
    base = 0.7853981633974483;
    t = (size - 1.0) / (size + 1.0);
  }
  let z = t * t;
  let p = fma(fma(fma(8.05374449538e-2, z, -1.38776856032e-1), z, 1.99777106478e-1), z, -3.33329491539e-1);
  let result = base + fma(p * z, t, t);
  return select(result, -result, x < 0.0);
}`,
}
