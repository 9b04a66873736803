// sort float32 [4, 5000, 1], 16 workgroups
// sort: a workgroup sorts 2048 elements in its memory by exchanging pairs.

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

@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> pairs: array<i32>;

fn key_of(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  let size = bits & 0x7fffffffu;
  var key = select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
  if (size == 0u) { key = 0x80000000u; }
  if (size > 0x7f800000u) { key = 0xffffffffu; }
  return ~key;
}

fn comes_after(key: u32, place: u32, other_key: u32, other_place: u32) -> bool {
  return key > other_key || (key == other_key && place > other_place);
}

var<workgroup> keys: array<u32, 2048>;
var<workgroup> places: array<u32, 2048>;

fn exchange(local: u32, half: u32, run: u32, block_start: u32) {
  for (var pair = local; pair < 1024u; pair += 256u) {
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
  let block_start = group * 2048u;
  for (var each = local; each < 2048u; each += 256u) {
    let flat = block_start + each;
    let line = flat / args.length;
    let place = flat % args.length;
    let source_at = args.source_offset + ((line / args.inner) * args.axis + place) * args.inner + line % args.inner;
    keys[each] = 0xffffffffu;
    places[each] = place;
    if (line < args.lines && place < args.axis) { keys[each] = key_of(source[source_at]); }
  }
  workgroupBarrier();
  for (var run = 2u; run <= min(args.length, 2048u); run <<= 1u) {
    for (var half = run >> 1u; half > 0u; half >>= 1u) { exchange(local, half, select(run, 0u, run == args.length), block_start); }
  }
  for (var each = local; each < 2048u; each += 256u) {
    let flat = block_start + each;
    let line = flat / args.length;
    let place = flat % args.length;
    let source_at = args.source_offset + ((line / args.inner) * args.axis + place) * args.inner + line % args.inner;
    pairs[flat * 2u] = bitcast<i32>(keys[each]);
    pairs[flat * 2u + 1u] = i32(places[each]);
  }
}

// sort float32 [4, 5000, 1], 64 workgroups
// sort: a thread puts one pair of elements in order.

struct Arguments {
  threads: u32,
  lines: u32,
  length: u32,
  axis: u32,
  count: u32,
  inner: u32,
  run: u32,
  source_offset: u32,
  values_offset: u32,
  places_offset: u32,
  half: u32,
}
@group(0) @binding(0) var<uniform> args: Arguments;

@group(0) @binding(1) var<storage, read_write> pairs: array<i32>;

fn comes_after(key: u32, place: u32, other_key: u32, other_place: u32) -> bool {
  return key > other_key || (key == other_key && place > other_place);
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
  let left = (thread / args.half) * args.half * 2u + thread % args.half;
  let right = left + args.half;
  let left_key = pairs[(left * 2u + 0u)];
  let left_place = pairs[(left * 2u + 1u)];
  let right_key = pairs[(right * 2u + 0u)];
  let right_place = pairs[(right * 2u + 1u)];
  let is_ascending = args.run == args.length || (left & args.run) == 0u;
  let is_after = comes_after(bitcast<u32>(left_key), u32(left_place), bitcast<u32>(right_key), u32(right_place));
  if (is_after == is_ascending) {
    pairs[(left * 2u + 0u)] = right_key;
    pairs[(left * 2u + 1u)] = right_place;
    pairs[(right * 2u + 0u)] = left_key;
    pairs[(right * 2u + 1u)] = left_place;
  }
}

// sort float32 [4, 5000, 1], 16 workgroups
// sort: a workgroup merges 2048 elements in its memory by exchanging pairs.

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

@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> pairs: array<i32>;

fn key_of(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  let size = bits & 0x7fffffffu;
  var key = select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
  if (size == 0u) { key = 0x80000000u; }
  if (size > 0x7f800000u) { key = 0xffffffffu; }
  return ~key;
}

fn comes_after(key: u32, place: u32, other_key: u32, other_place: u32) -> bool {
  return key > other_key || (key == other_key && place > other_place);
}

var<workgroup> keys: array<u32, 2048>;
var<workgroup> places: array<u32, 2048>;

fn exchange(local: u32, half: u32, run: u32, block_start: u32) {
  for (var pair = local; pair < 1024u; pair += 256u) {
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
  let block_start = group * 2048u;
  for (var each = local; each < 2048u; each += 256u) {
    let flat = block_start + each;
    let line = flat / args.length;
    let place = flat % args.length;
    let source_at = args.source_offset + ((line / args.inner) * args.axis + place) * args.inner + line % args.inner;
    keys[each] = bitcast<u32>(pairs[flat * 2u]);
    places[each] = u32(pairs[flat * 2u + 1u]);
  }
  workgroupBarrier();
  for (var half = 1024u; half > 0u; half >>= 1u) {
    exchange(local, half, select(args.run, 0u, args.run == args.length), block_start);
  }
  for (var each = local; each < 2048u; each += 256u) {
    let flat = block_start + each;
    let line = flat / args.length;
    let place = flat % args.length;
    let source_at = args.source_offset + ((line / args.inner) * args.axis + place) * args.inner + line % args.inner;
    pairs[flat * 2u] = bitcast<i32>(keys[each]);
    pairs[flat * 2u + 1u] = i32(places[each]);
  }
}

// sort float32 [4, 5000, 1], 16 workgroups
// sort: a workgroup merges 2048 elements in its memory by exchanging pairs.

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

@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> sorted_values: array<f32>;
@group(0) @binding(3) var<storage, read_write> sorted_places: array<i32>;
@group(0) @binding(4) var<storage, read_write> pairs: array<i32>;

fn key_of(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  let size = bits & 0x7fffffffu;
  var key = select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
  if (size == 0u) { key = 0x80000000u; }
  if (size > 0x7f800000u) { key = 0xffffffffu; }
  return ~key;
}

fn comes_after(key: u32, place: u32, other_key: u32, other_place: u32) -> bool {
  return key > other_key || (key == other_key && place > other_place);
}

var<workgroup> keys: array<u32, 2048>;
var<workgroup> places: array<u32, 2048>;

fn exchange(local: u32, half: u32, run: u32, block_start: u32) {
  for (var pair = local; pair < 1024u; pair += 256u) {
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
  let block_start = group * 2048u;
  for (var each = local; each < 2048u; each += 256u) {
    let flat = block_start + each;
    let line = flat / args.length;
    let place = flat % args.length;
    let source_at = args.source_offset + ((line / args.inner) * args.axis + place) * args.inner + line % args.inner;
    keys[each] = bitcast<u32>(pairs[flat * 2u]);
    places[each] = u32(pairs[flat * 2u + 1u]);
  }
  workgroupBarrier();
  for (var half = 1024u; half > 0u; half >>= 1u) {
    exchange(local, half, select(args.run, 0u, args.run == args.length), block_start);
  }
  for (var each = local; each < 2048u; each += 256u) {
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
