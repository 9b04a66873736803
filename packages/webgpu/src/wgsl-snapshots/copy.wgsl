// copy [32, 64] and 1 more, 4 workgroups
// map: copy
// A thread computes four neighbours along the innermost axis.

struct Arguments {
  s0_threads: u32,
  s0_size0: u32,
  s0_size1: u32,
  s0_out0_offset: u32,
  s0_out0_stride0: u32,
  s0_in0_offset: u32,
  s0_in0_stride0: u32,
  s1_threads: u32,
  s1_size0: u32,
  s1_size1: u32,
  s1_out0_offset: u32,
  s1_out0_stride0: u32,
  s1_in0_offset: u32,
  s1_in0_stride0: u32,
}
@group(0) @binding(0) var<uniform> args: Arguments;

@group(0) @binding(1) var<storage, read> s0_in0: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> s0_out0: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> s1_in0: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> s1_out0: array<vec4<f32>>;

fn element(in0: f32) -> f32 {
  return in0;
}

fn s0_space(thread: u32) {
  if (thread >= args.s0_threads) { return; }
  let groups = ((args.s0_size1 + 3u) / 4u);
  let line = thread % groups;
  let x0 = thread / groups;
  let s0_in0_value = s0_in0[args.s0_in0_offset + x0 * args.s0_in0_stride0 + line];
  let result0 = element(s0_in0_value.x);
  let result1 = element(s0_in0_value.y);
  let result2 = element(s0_in0_value.z);
  let result3 = element(s0_in0_value.w);
  s0_out0[args.s0_out0_offset + x0 * args.s0_out0_stride0 + line] = vec4<f32>(result0, result1, result2, result3);
}

fn s1_space(thread: u32) {
  if (thread >= args.s1_threads) { return; }
  let groups = ((args.s1_size1 + 3u) / 4u);
  let line = thread % groups;
  let x0 = thread / groups;
  let s1_in0_value = s1_in0[args.s1_in0_offset + x0 * args.s1_in0_stride0 + line];
  let result0 = element(s1_in0_value.x);
  let result1 = element(s1_in0_value.y);
  let result2 = element(s1_in0_value.z);
  let result3 = element(s1_in0_value.w);
  s1_out0[args.s1_out0_offset + x0 * args.s1_out0_stride0 + line] = vec4<f32>(result0, result1, result2, result3);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group_id: vec3<u32>,
  @builtin(num_workgroups) group_counts: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let group = group_id.x + group_id.y * group_counts.x;
  var first = 0u;
  if (group - first < (args.s0_threads + 255u) / 256u) {
    s0_space((group - first) * 256u + local);
    return;
  }
  first += (args.s0_threads + 255u) / 256u;
  if (group - first < (args.s1_threads + 255u) / 256u) {
    s1_space((group - first) * 256u + local);
    return;
  }
  first += (args.s1_threads + 255u) / 256u;
}
