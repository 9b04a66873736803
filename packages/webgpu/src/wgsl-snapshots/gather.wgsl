// gather take [1, 1000, 64] at 32 places, 2 workgroups
// gather (take): a thread copies four neighbours of the inner axis.

struct Arguments {
  threads: u32,
  axis: u32,
  count: u32,
  inner: u32,
  full_count: u32,
  step: u32,
  source_offset: u32,
  index_offset: u32,
  result_offset: u32,
  fault: u32,
}
@group(0) @binding(0) var<uniform> args: Arguments;

@group(0) @binding(1) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> index: array<i32>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> faults: array<atomic<u32>>;

fn is_index(index: i32) -> bool {
  if (index >= 0i && index < i32(args.axis)) { return true; }
  if (atomicLoad(&faults[0]) == 0u) {
    atomicStore(&faults[0], args.fault);
    atomicStore(&faults[1], bitcast<u32>(index));
    atomicStore(&faults[2], args.axis);
  }
  return false;
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
  let inner = thread % args.inner;
  let place = (thread / args.inner) % args.count;
  let outer = thread / args.inner / args.count;
  let chosen = index[args.index_offset + place];
  var value = vec4<f32>();
  if (is_index(chosen)) { value = source[args.source_offset + (outer * args.axis + u32(chosen)) * args.step + inner]; }
  result[args.result_offset + (outer * args.full_count + place) * args.step + inner] = value;
}
