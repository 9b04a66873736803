// row max sum (sub exp div) [32, 64], 1 workgroups
// row: max sum (sub exp div)
// 8 threads of a workgroup share a row, neighbours along it.
enable subgroups;

struct Arguments {
  rows: u32,
  count: u32,
  groups: u32,
  chunk: u32,
  chunks: u32,
  partials: u32,
  kept_size0: u32,
  steps_size0: u32,
  out0_offset: u32,
  out0_kept0: u32,
  in0_offset: u32,
  in0_kept0: u32,
}
@group(0) @binding(0) var<uniform> args: Arguments;

@group(0) @binding(1) var<storage, read> in0: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out0: array<vec4<f32>>;

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

fn divide(a: f32, b: f32) -> f32 {
  let scale = select(1.0, 0.25, abs(b) > 8.5e37);
  return (a * scale) / (b * scale);
}

fn from_bits(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}

fn maximum(a: f32, b: f32) -> f32 {
  return select(select(b, a, a > b), a, is_nan(a));
}

var<workgroup> shared_stage0: array<f32, 256>;
var<workgroup> shared_stage1: array<f32, 256>;

fn stage0_of(in0: f32, row_count: u32) -> f32 {
  return in0;
}

fn stage1_of(in0: f32, stage0: f32, row_count: u32) -> f32 {
  return exp_of((in0 - stage0));
}

fn output0_of(in0: f32, stage0: f32, stage1: f32, row_count: u32) -> f32 {
  return divide(exp_of((in0 - stage0)), stage1);
}

fn space(group: u32, local: u32) {
  let lane = local % 8u;
  let row_count = args.count;
  let row = group * 32u + local / 8u;
  let is_row = row < args.rows;
  let first = 0u;
  let last = select(0u, row_count / 4u, is_row);
  let k0 = row;
  let out0_row = args.out0_offset + k0 * args.out0_kept0;
  let in0_row = args.in0_offset + k0 * args.in0_kept0;
  var stage0: f32 = from_bits(0xff800000u);
  for (var at = first + lane; at < last; at += 8u) {
    let r0 = at;
    let in0_value = in0[in0_row + r0];
    stage0 = maximum(stage0, stage0_of(in0_value.x, row_count));
    stage0 = maximum(stage0, stage0_of(in0_value.y, row_count));
    stage0 = maximum(stage0, stage0_of(in0_value.z, row_count));
    stage0 = maximum(stage0, stage0_of(in0_value.w, row_count));
  }
  stage0 = maximum(stage0, subgroupShuffleXor(stage0, 1u));
  stage0 = maximum(stage0, subgroupShuffleXor(stage0, 2u));
  stage0 = maximum(stage0, subgroupShuffleXor(stage0, 4u));
  var stage1: f32 = 0.0;
  for (var at = first + lane; at < last; at += 8u) {
    let r0 = at;
    let in0_value = in0[in0_row + r0];
    stage1 = (stage1 + stage1_of(in0_value.x, stage0, row_count));
    stage1 = (stage1 + stage1_of(in0_value.y, stage0, row_count));
    stage1 = (stage1 + stage1_of(in0_value.z, stage0, row_count));
    stage1 = (stage1 + stage1_of(in0_value.w, stage0, row_count));
  }
  stage1 = (stage1 + subgroupShuffleXor(stage1, 1u));
  stage1 = (stage1 + subgroupShuffleXor(stage1, 2u));
  stage1 = (stage1 + subgroupShuffleXor(stage1, 4u));
  for (var at = first + lane; at < last; at += 8u) {
    let r0 = at;
    let in0_value = in0[in0_row + r0];
    let result0_0 = output0_of(in0_value.x, stage0, stage1, row_count);
    let result0_1 = output0_of(in0_value.y, stage0, stage1, row_count);
    let result0_2 = output0_of(in0_value.z, stage0, stage1, row_count);
    let result0_3 = output0_of(in0_value.w, stage0, stage1, row_count);
    out0[out0_row + r0] = vec4<f32>(result0_0, result0_1, result0_2, result0_3);
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group_id: vec3<u32>,
  @builtin(num_workgroups) group_counts: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let group = group_id.x + group_id.y * group_counts.x;
  space(group, local);
}
