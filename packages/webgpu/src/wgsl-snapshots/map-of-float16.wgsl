// map: less add sigmoid mul div where …
// A thread computes four neighbours along the innermost axis.
enable f16;

struct Arguments {
  threads: u32,
  size0: u32,
  size1: u32,
  out0_offset: u32,
  out0_stride0: u32,
  out1_offset: u32,
  out1_stride0: u32,
  out2_offset: u32,
  out2_stride0: u32,
  in0_offset: u32,
  in0_stride0: u32,
  in1_offset: u32,
  in1_stride0: u32,
  cell0: f32,
}
@group(0) @binding(0) var<uniform> args: Arguments;

@group(0) @binding(1) var<storage, read> in0: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read> in1: array<vec4<f16>>;
@group(0) @binding(3) var<storage, read_write> out0: array<vec4<f16>>;
@group(0) @binding(4) var<storage, read_write> out1: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> out2: array<vec4<f16>>;

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn power_of_two(n: i32) -> f32 {
  return bitcast<f32>(u32(n + 127) << 23u);
}

fn exp_rest(r: f32) -> f32 {
  var p = 1.9875691500e-4;
  p = fma(p, r, 1.3981999507e-3);
  p = fma(p, r, 8.3334519073e-3);
  p = fma(p, r, 4.1665795894e-2);
  p = fma(p, r, 1.6666665459e-1);
  p = fma(p, r, 5.0000001201e-1);
  return fma(p * r, r, r);
}

fn exp_of(x: f32) -> f32 {
  let bounded = max(min(x, 89.0), -104.0);
  let n = floor(fma(bounded, 1.44269504, 0.5));
  let r = fma(n, 2.12194440e-4, fma(n, -0.693359375, bounded));
  let half = i32(n) >> 1u;
  let result = (exp_rest(r) + 1.0) * power_of_two(half) * power_of_two(i32(n) - half);
  return select(result, x, is_nan(x));
}

fn sigmoid_of(x: f32) -> f32 {
  let z = exp_of(-abs(x));
  return select(1.0, z, x < 0.0) / (1.0 + z);
}

fn divide(a: f32, b: f32) -> f32 {
  let scale = select(1.0, 0.25, abs(b) > 8.5e37);
  return (a * scale) / (b * scale);
}

fn from_bits(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}

struct Elements {
  out0: f32,
  out1: f32,
  out2: f32,
}

fn element(in0: f32, in1: f32) -> Elements {
  let v0 = select(f32(f16(divide(in0, f32(f16(args.cell0))))), f32((f16(f32((f16(in0) + f16(in1)))) * f16(f32(f16(sigmoid_of(in0)))))), (in0 < in1));
  return Elements(v0, f32((f16(in0) * f16(0.10000000149011612f))), f32((f16(in0) - f16(from_bits(0x7f800000u)))));
}

fn space(thread: u32) {
  if (thread >= args.threads) { return; }
  let groups = ((args.size1 + 3u) / 4u);
  let line = thread % groups;
  let x0 = thread / groups;
  let in0_value = vec4<f32>(in0[args.in0_offset + x0 * args.in0_stride0 + line]);
  let in1_value = vec4<f32>(in1[args.in1_offset + x0 * args.in1_stride0 + line]);
  let result0 = element(in0_value.x, in1_value.x);
  let result1 = element(in0_value.y, in1_value.y);
  let result2 = element(in0_value.z, in1_value.z);
  let result3 = element(in0_value.w, in1_value.w);
  out0[args.out0_offset + x0 * args.out0_stride0 + line] = vec4<f16>(vec4<f32>(result0.out0, result1.out0, result2.out0, result3.out0));
  out1[args.out1_offset + x0 * args.out1_stride0 + line] = vec4<f32>(result0.out1, result1.out1, result2.out1, result3.out1);
  out2[args.out2_offset + x0 * args.out2_stride0 + line] = vec4<f16>(vec4<f32>(result0.out2, result1.out2, result2.out2, result3.out2));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group_id: vec3<u32>,
  @builtin(num_workgroups) group_counts: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let group = group_id.x + group_id.y * group_counts.x;
  space(group * 256u + local);
}
