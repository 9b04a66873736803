import type { WgslFunction } from './wgsl-function.js'

/** A float by its bit pattern: WGSL has no literal for infinity or NaN and refuses constants that make one. */
export const fromBits: WgslFunction = {
  name: 'from_bits',
  needs: [],
  source: `
fn from_bits(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}`,
}

/** Whether a float is NaN, by its bits: a compiler may assume that \`x != x\` is never true. */
export const isNan: WgslFunction = {
  name: 'is_nan',
  needs: [],
  source: `
fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}`,
}

/** 2^n for −126 ≤ n ≤ 127. */
export const powerOfTwo: WgslFunction = {
  name: 'power_of_two',
  needs: [],
  source: `
fn power_of_two(n: i32) -> f32 {
  return bitcast<f32>(u32(n + 127) << 23u);
}`,
}

/** The leading 12 bits of a float's significand: products of two such numbers are exact. */
export const leadingBits: WgslFunction = {
  name: 'leading_bits',
  needs: [],
  source: `
fn leading_bits(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}`,
}

/** High 32 bits of a product of two 32-bit numbers. */
export const multiplyHigh: WgslFunction = {
  name: 'multiply_high',
  needs: [],
  source: `
fn multiply_high(a: u32, b: u32) -> u32 {
  let a_low = a & 0xffffu;
  let a_high = a >> 16u;
  let b_low = b & 0xffffu;
  let b_high = b >> 16u;
  let middle = a_high * b_low + ((a_low * b_low) >> 16u);
  let carry = a_low * b_high + (middle & 0xffffu);
  return a_high * b_high + (middle >> 16u) + (carry >> 16u);
}`,
}
