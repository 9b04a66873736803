// map copy [1, 1000, 64], 63 workgroups
// map: copy
// A thread computes four neighbours along the innermost axis.

struct Arguments {
  threads: u32,
  size0: u32,
  out0_offset: u32,
}
@group(0) @binding(0) var<uniform> args: Arguments;

@group(0) @binding(1) var<storage, read_write> out0: array<vec4<f32>>;

fn element() -> f32 {
  return 0.0;
}

fn space(thread: u32) {
  if (thread >= args.threads) { return; }
  let line = thread;
  let result0 = element();
  let result1 = element();
  let result2 = element();
  let result3 = element();
  out0[args.out0_offset + line] = vec4<f32>(result0, result1, result2, result3);
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

// sort int32 [1, 300, 1], 1 workgroups
// sort: a workgroup sorts 512 elements in its memory by exchanging pairs.

struct Arguments {
  lines: u32,
  length: u32,
  axis: u32,
  count: u32,
  inner: u32,
  run: u32,
  source_offset: u32,
  values_offset: u32,
  places_offset: u32,
}
@group(0) @binding(0) var<uniform> args: Arguments;

@group(0) @binding(1) var<storage, read> source: array<i32>;
@group(0) @binding(2) var<storage, read_write> sorted_values: array<i32>;
@group(0) @binding(3) var<storage, read_write> sorted_places: array<i32>;

fn key_of(value: i32) -> u32 {
  let key = bitcast<u32>(value) ^ 0x80000000u;
  return key;
}

fn comes_after(key: u32, place: u32, other_key: u32, other_place: u32) -> bool {
  return key > other_key || (key == other_key && place > other_place);
}

var<workgroup> keys: array<u32, 512>;
var<workgroup> places: array<u32, 512>;

fn exchange(local: u32, half: u32, run: u32, block_start: u32) {
  for (var pair = local; pair < 256u; pair += 256u) {
    let left = (pair / half) * half * 2u + pair % half;
    let right = left + half;
    let is_ascending = ((block_start + left) & run) == 0u;
    if (comes_after(keys[left], places[left], keys[right], places[right]) == is_ascending) {
      let key = keys[left];
      let place = places[left];
      keys[left] = keys[right];
      places[left] = places[right];
      keys[right] = key;
      places[right] = place;
    }
  }
  workgroupBarrier();
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group_id: vec3<u32>,
  @builtin(num_workgroups) group_counts: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let group = group_id.x + group_id.y * group_counts.x;
  let block_start = group * 512u;
  for (var each = local; each < 512u; each += 256u) {
    let flat = block_start + each;
    let line = flat / args.length;
    let place = flat % args.length;
    let source_at = args.source_offset + ((line / args.inner) * args.axis + place) * args.inner + line % args.inner;
    keys[each] = 0xffffffffu;
    places[each] = place;
    if (line < args.lines && place < args.axis) { keys[each] = key_of(source[source_at]); }
  }
  workgroupBarrier();
  for (var run = 2u; run <= min(args.length, 512u); run <<= 1u) {
    for (var half = run >> 1u; half > 0u; half >>= 1u) { exchange(local, half, select(run, 0u, run == args.length), block_start); }
  }
  for (var each = local; each < 512u; each += 256u) {
    let flat = block_start + each;
    let line = flat / args.length;
    let place = flat % args.length;
    let source_at = args.source_offset + ((line / args.inner) * args.axis + place) * args.inner + line % args.inner;
    if (line < args.lines && place < args.count) {
      let target_at = ((line / args.inner) * args.count + place) * args.inner + line % args.inner;
      let origin = args.source_offset + ((line / args.inner) * args.axis + places[each]) * args.inner + line % args.inner;
      sorted_values[args.values_offset + target_at] = source[origin];
      sorted_places[args.places_offset + target_at] = i32(places[each]);
    }
  }
}

// scatterAdd take [1, 300, 64] into 1000 places, 75 workgroups
// scatter-add (take): indices are sorted; the thread of the first of equal ones adds their elements in order.

struct Arguments {
  threads: u32,
  outer: u32,
  axis: u32,
  count: u32,
  inner: u32,
  first: u32,
  length: u32,
  source_step: u32,
  result_step: u32,
  step: u32,
  source_offset: u32,
  index_offset: u32,
  base_offset: u32,
  result_offset: u32,
  fault: u32,
}
@group(0) @binding(0) var<uniform> args: Arguments;

@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<storage, read_write> faults: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read> sorted_index: array<i32>;
@group(0) @binding(5) var<storage, read> sorted_place: array<i32>;

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
  let first = (thread / args.inner) % args.count;
  let outer = thread / args.inner / args.count;
  let chosen = sorted_index[first];
  if (!(is_index(chosen) && u32(chosen) - args.first < args.length)) { return; }
  if (first > 0u && sorted_index[max(first, 1u) - 1u] == chosen) { return; }
  let target_at = args.result_offset + outer * args.result_step + (u32(chosen) - args.first) * args.step + inner;
  var total = result[target_at];
  for (var next = first; next < args.count; next++) {
    if (sorted_index[next] != chosen) { break; }
    let step = u32(sorted_place[next]);
    total = total + source[args.source_offset + outer * args.source_step + step * args.step + inner];
  }
  result[target_at] = total;
}
