// random normal [1000], 1 workgroups
// random: normal float32 from Philox-4x32-10
// A thread draws the four numbers of a block.

struct Arguments {
  threads: u32,
  size: u32,
  offset: u32,
  key_low: u32,
  key_high: u32,
  counter_low: u32,
  counter_high: u32,
}
@group(0) @binding(0) var<uniform> args: Arguments;

@group(0) @binding(1) var<storage, read_write> result: array<vec4<f32>>;

fn store_some_result(i: u32, value: vec4<f32>, valid: u32) {
  if (valid >= 4u) {
    result[i] = value;
  } else {
    if (valid > 0u) { result[i].x = value.x; }
    if (valid > 1u) { result[i].y = value.y; }
    if (valid > 2u) { result[i].z = value.z; }
  }
}

fn multiply_high(a: u32, b: u32) -> u32 {
  let a_low = a & 0xffffu;
  let a_high = a >> 16u;
  let b_low = b & 0xffffu;
  let b_high = b >> 16u;
  let middle = a_high * b_low + ((a_low * b_low) >> 16u);
  let carry = a_low * b_high + (middle & 0xffffu);
  return a_high * b_high + (middle >> 16u) + (carry >> 16u);
}

fn from_bits(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

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
}

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
}

fn sine_of_turns(r: f32, quadrant: u32) -> f32 {
  let z = r * r;
  let sine = fma(fma(fma(-1.9515295891e-4, z, 8.3321608736e-3), z, -1.6666654611e-1) * z, r, r);
  let fourth = fma(fma(2.443315711809948e-5, z, -1.388731625493765e-3), z, 4.166664568298827e-2) * z;
  let cosine = fma(fourth - 0.5, z, 1.0);
  let value = select(sine, cosine, (quadrant & 1u) == 1u);
  return select(value, -value, (quadrant & 2u) == 2u);
}

fn unit_circle(u: f32) -> vec2<f32> {
  let quarters = u * 4.0;
  let quadrant = floor(quarters + 0.5);
  let r = (quarters - quadrant) * 1.57079632679;
  return vec2<f32>(sine_of_turns(r, u32(quadrant) + 1u), sine_of_turns(r, u32(quadrant)));
}

fn philox(counter_low: u32, counter_high: u32) -> vec4<u32> {
  var x = vec4<u32>(counter_low, counter_high, 0u, 0u);
  var key = vec2<u32>(args.key_low, args.key_high);
  for (var round = 0u; round < 10u; round++) {
    let high = vec2<u32>(multiply_high(0xd2511f53u, x.x), multiply_high(0xcd9e8d57u, x.z));
    let low = vec2<u32>(0xd2511f53u * x.x, 0xcd9e8d57u * x.z);
    x = vec4<u32>(high.y ^ x.y ^ key.x, low.y, high.x ^ x.w ^ key.y, low.x);
    key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return x;
}

fn normal_pair(u: vec2<f32>) -> vec2<f32> {
  return sqrt(-2.0 * log_of(1.0 - u.x)) * unit_circle(u.y);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group_id: vec3<u32>,
  @builtin(num_workgroups) group_counts: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let group = group_id.x + group_id.y * group_counts.x;
  let thread = group * 256u + local;
  if (thread >= args.threads) { return; }
  let counter_low = args.counter_low + thread;
  let counter_high = args.counter_high + select(0u, 1u, counter_low < thread);
  let bits = philox(counter_low, counter_high);
  let uniform = vec4<f32>(bits >> vec4<u32>(8u)) * 5.9604644775390625e-8;
  let value = vec4<f32>(normal_pair(uniform.xy), normal_pair(uniform.zw));
  store_some_result(args.offset + thread, value, args.size - thread * 4u);
}
