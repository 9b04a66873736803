// matmul [512, 512] × [512, 512] with add maximum, 256 workgroups
// matmul of float32, then add maximum
// A workgroup computes 32×32 results from pieces of 16 along the inner axis held in workgroup memory, a thread 4×4 in registers.

struct Arguments {
  batch: u32,
  rows: u32,
  columns: u32,
  inner: u32,
  splits: u32,
  chunk: u32,
  a_offset: u32,
  a_across: u32,
  b_offset: u32,
  b_across: u32,
  out_offset: u32,
  out_row: u32,
  in0_offset: u32,
  in0_row: u32,
}
@group(0) @binding(0) var<uniform> args: Arguments;

@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> in0: array<vec4<f32>>;

fn base_a(batch: u32) -> u32 {
  return args.a_offset;
}

fn place_of_a(batch: u32, outer: u32) -> u32 {
  return base_a(batch) + outer * args.a_across;
}

fn load_a(place: u32, outer: u32, inner: u32, end: u32, whole: bool) -> vec4<f32> {
  let value = a[place + inner / 4u];
  if (whole) { return value; }
  let along = vec4<u32>(inner) + vec4<u32>(0u, 1u, 2u, 3u);
  let exists = (along < vec4<u32>(end)) & vec4<bool>(outer < args.rows);
  return select(vec4<f32>(), value, exists);
}

fn base_b(batch: u32) -> u32 {
  return args.b_offset;
}

fn place_of_b(batch: u32, outer: u32) -> u32 {
  return base_b(batch) + outer / 4u;
}

fn load_b(place: u32, outer: u32, inner: u32, end: u32, whole: bool) -> vec4<f32> {
  let value = b[place + inner * args.b_across];
  if (whole) { return value; }
  let along = vec4<u32>(outer) + vec4<u32>(0u, 1u, 2u, 3u);
  let exists = (along < vec4<u32>(args.columns)) & vec4<bool>(inner < end);
  return select(vec4<f32>(), value, exists);
}

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn maximum(a: f32, b: f32) -> f32 {
  return select(select(b, a, a > b), a, is_nan(a));
}

fn base_out(batch: u32) -> u32 {
  return args.out_offset;
}

fn base_in0(batch: u32) -> u32 {
  return args.in0_offset;
}

fn epilogue(sum: f32, in0: f32) -> f32 {
  return maximum((sum + in0), 0.0);
}

fn finish(split: u32, batch: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row >= args.rows || column >= args.columns) { return; }
  let in0_value = in0[base_in0(batch) + row * args.in0_row + column / 4u];
  out[base_out(batch) + row * args.out_row + column / 4u] = vec4<f32>(epilogue(value.x, in0_value.x), epilogue(value.y, in0_value.y), epilogue(value.z, in0_value.z), epilogue(value.w, in0_value.w));
}

var<workgroup> tile_a: array<vec4<f32>, 144>;
var<workgroup> tile_b: array<vec4<f32>, 128>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group_id: vec3<u32>,
  @builtin(num_workgroups) group_counts: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let group = group_id.x + group_id.y * group_counts.x;
  let tiles_across = (args.columns + 31u) / 32u;
  let tiles = tiles_across * ((args.rows + 31u) / 32u);
  let tile = group % tiles;
  let split = (group / tiles) % args.splits;
  let batch = group / tiles / args.splits;
  if (batch >= args.batch) { return; }
  // Workgroups that run together go down bands of 8 tiles, so that they find each other's pieces in the cache.
  let band = tile / (tiles_across * 8u);
  let in_band = tile % (tiles_across * 8u);
  let band_rows = min(8u, tiles / tiles_across - band * 8u);
  let first_row = (band * 8u + in_band % band_rows) * 32u;
  let first_column = (in_band / band_rows) * 32u;
  let is_inside = first_row + 32u <= args.rows && first_column + 32u <= args.columns;
  let end = min(args.inner, (split + 1u) * args.chunk);
  let thread_row = local / 8u;
  let thread_column = local % 8u;
  let outer_a0 = local / 4u;
  let inner_a0 = local % 4u * 4u;
  let place_a0 = place_of_a(batch, first_row + outer_a0);
  var next_a0: vec4<f32>;
  let outer_a1 = (local + 64u) / 4u;
  let inner_a1 = (local + 64u) % 4u * 4u;
  let place_a1 = place_of_a(batch, first_row + outer_a1);
  var next_a1: vec4<f32>;
  let outer_b0 = local % 8u * 4u;
  let inner_b0 = local / 8u;
  let place_b0 = place_of_b(batch, first_column + outer_b0);
  var next_b0: vec4<f32>;
  let outer_b1 = (local + 64u) % 8u * 4u;
  let inner_b1 = (local + 64u) / 8u;
  let place_b1 = place_of_b(batch, first_column + outer_b1);
  var next_b1: vec4<f32>;
  var sum_0_0 = vec4<f32>();
  var sum_1_0 = vec4<f32>();
  var sum_2_0 = vec4<f32>();
  var sum_3_0 = vec4<f32>();
  let start = split * args.chunk;
  let steps = (max(end, start) - start + 15u) / 16u;
  // Each round loads a piece, computes with the one before, and only then replaces it.
  for (var step = 0u; step <= steps; step++) {
    if (step < steps) {
      let at = start + step * 16u;
      let whole = is_inside && at + 16u <= end;
      next_a0 = load_a(place_a0, first_row + outer_a0, at + inner_a0, end, whole);
      next_a1 = load_a(place_a1, first_row + outer_a1, at + inner_a1, end, whole);
      next_b0 = load_b(place_b0, first_column + outer_b0, at + inner_b0, end, whole);
      next_b1 = load_b(place_b1, first_column + outer_b1, at + inner_b1, end, whole);
    }
    if (step > 0u) {
      for (var k = 0u; k < 16u; k++) {
        let a0 = tile_a[k * 9u + thread_row];
        let b0 = tile_b[k * 8u + thread_column];
        sum_0_0 = fma(vec4<f32>(a0.x), b0, sum_0_0);
        sum_1_0 = fma(vec4<f32>(a0.y), b0, sum_1_0);
        sum_2_0 = fma(vec4<f32>(a0.z), b0, sum_2_0);
        sum_3_0 = fma(vec4<f32>(a0.w), b0, sum_3_0);
      }
    }
    workgroupBarrier();
    if (step < steps) {
      tile_a[(inner_a0 + 0u) * 9u + outer_a0 / 4u][outer_a0 % 4u] = next_a0.x;
      tile_a[(inner_a0 + 1u) * 9u + outer_a0 / 4u][outer_a0 % 4u] = next_a0.y;
      tile_a[(inner_a0 + 2u) * 9u + outer_a0 / 4u][outer_a0 % 4u] = next_a0.z;
      tile_a[(inner_a0 + 3u) * 9u + outer_a0 / 4u][outer_a0 % 4u] = next_a0.w;
      tile_a[(inner_a1 + 0u) * 9u + outer_a1 / 4u][outer_a1 % 4u] = next_a1.x;
      tile_a[(inner_a1 + 1u) * 9u + outer_a1 / 4u][outer_a1 % 4u] = next_a1.y;
      tile_a[(inner_a1 + 2u) * 9u + outer_a1 / 4u][outer_a1 % 4u] = next_a1.z;
      tile_a[(inner_a1 + 3u) * 9u + outer_a1 / 4u][outer_a1 % 4u] = next_a1.w;
      tile_b[inner_b0 * 8u + outer_b0 / 4u] = next_b0;
      tile_b[inner_b1 * 8u + outer_b1 / 4u] = next_b1;
    }
    workgroupBarrier();
  }
  var sums = array<vec4<f32>, 4>(sum_0_0, sum_1_0, sum_2_0, sum_3_0);
  for (var each = 0u; each < 4u; each++) {
    let row = each / 1u;
    let row_at = first_row + thread_row * 4u + (row / 4u) * 16u + row % 4u;
    let column_at = first_column + thread_column * 4u + (each % 1u) * 16u;
    finish(split, batch, row_at, column_at, sums[each]);
  }
}
