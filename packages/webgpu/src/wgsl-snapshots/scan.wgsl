// scan sum [4, 1000, 1], 4 workgroups
// scan: sum
// A workgroup goes along a line, 1024 elements at a time, a thread owns 4 neighbours.

struct Arguments {
  lines: u32,
  axis: u32,
  inner: u32,
  outer_step: u32,
  step: u32,
  source_offset: u32,
  result_offset: u32,
  carry_offset: u32,
}
@group(0) @binding(0) var<uniform> args: Arguments;

@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group_id: vec3<u32>,
  @builtin(num_workgroups) group_counts: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let group = group_id.x + group_id.y * group_counts.x;
  let line = group;
  if (line >= args.lines) { return; }
  var carry = 0.0;
  for (var start = 0u; start < args.axis; start += 1024u) {
    let first = start + local * 4u;
    let place0 = (line / args.inner) * args.outer_step + (min(first + 0u, args.axis - 1u)) * args.step + line % args.inner;
    let value0 = select(0.0, source[args.source_offset + place0], first + 0u < args.axis);
    let place1 = (line / args.inner) * args.outer_step + (min(first + 1u, args.axis - 1u)) * args.step + line % args.inner;
    let value1 = select(0.0, source[args.source_offset + place1], first + 1u < args.axis);
    let place2 = (line / args.inner) * args.outer_step + (min(first + 2u, args.axis - 1u)) * args.step + line % args.inner;
    let value2 = select(0.0, source[args.source_offset + place2], first + 2u < args.axis);
    let place3 = (line / args.inner) * args.outer_step + (min(first + 3u, args.axis - 1u)) * args.step + line % args.inner;
    let value3 = select(0.0, source[args.source_offset + place3], first + 3u < args.axis);
    sums[local] = value0 + value1 + value2 + value3;
    workgroupBarrier();
    for (var reach = 1u; reach < 256u; reach <<= 1u) {
      let before = select(0.0, sums[max(local, reach) - reach], local >= reach);
      workgroupBarrier();
      sums[local] = before + sums[local];
      workgroupBarrier();
    }
    var running = carry;
    if (local > 0u) { running = carry + sums[local - 1u]; }
    carry = carry + sums[255];
    running = running + value0;
    if (first + 0u < args.axis) { result[args.result_offset + place0] = running; }
    running = running + value1;
    if (first + 1u < args.axis) { result[args.result_offset + place1] = running; }
    running = running + value2;
    if (first + 2u < args.axis) { result[args.result_offset + place2] = running; }
    running = running + value3;
    if (first + 3u < args.axis) { result[args.result_offset + place3] = running; }
    workgroupBarrier();
  }
}
