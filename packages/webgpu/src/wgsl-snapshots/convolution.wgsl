// convolution forward [32, 1, 28, 28] by 32 of 5×5, 196 workgroups
// convolution of float32, forward, as a product of matrices
// A workgroup computes 32×128 results from pieces of 16 along the inner axis held in workgroup memory, a thread 4×8 in registers.

struct Arguments {
  batch: u32,
  rows: u32,
  columns: u32,
  inner: u32,
  splits: u32,
  chunk: u32,
  input_channels: u32,
  output_channels: u32,
  group_inputs: u32,
  group_outputs: u32,
  weight_step: u32,
  first_offset: u32,
  second_offset: u32,
  result_offset: u32,
}
@group(0) @binding(0) var<uniform> args: Arguments;

@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;

const input_height = 28u;
const input_width = 28u;
const input_line = 28u;
const input_plane = 784u;
const kernel_height = 5u;
const kernel_width = 5u;
const kernel_line = 5u;
const kernel_plane = 25u;
const output_height = 28u;
const output_width = 28u;
const output_line = 28u;
const output_plane = 784u;
const stride_height = 1u;
const stride_width = 1u;
const padding_height = 2u;
const padding_width = 2u;
const dilation_height = 1u;
const dilation_width = 1u;

fn place_of_a(batch: u32, outer: u32) -> vec4<u32> {
  return vec4<u32>((batch * args.group_outputs + outer) * args.weight_step);
}

fn load_a(place: vec4<u32>, outer: u32, inner: u32, end: u32, whole: bool) -> f32 {
  let exists = whole || (outer < args.rows && inner < end);
  let at = place.x + inner;
  let is_inside = exists;
  return select(f32(), a[args.second_offset + select(0u, at, is_inside)], is_inside);
}

fn place_of_b(batch: u32, outer: u32) -> vec4<u32> {
  let plane = output_plane;
  let sample = outer / plane;
  let row = (outer % plane) / output_line;
  let column = outer % output_line;
  let channel = sample * args.input_channels + batch * args.group_inputs;
  let y = row * stride_height - padding_height;
  let x = column * stride_width - padding_width;
  return vec4<u32>(channel, y, x, 0u);
}

fn load_b(place: vec4<u32>, outer: u32, inner: u32, end: u32, whole: bool) -> f32 {
  let exists = whole || (outer < args.columns && inner < end);
  let taps = kernel_plane;
  let channel = inner / taps;
  let tap = inner % taps;
  let kernel_row = tap / kernel_line;
  let kernel_column = tap % kernel_line;
  let y = place.y + kernel_row * dilation_height;
  let x = place.z + kernel_column * dilation_width;
  let at = ((place.x + channel) * input_height + y) * input_width + x;
  let is_inside = exists && y < input_height && x < input_width;
  return select(f32(), b[args.first_offset + select(0u, at, is_inside)], is_inside);
}


fn finish_one(batch: u32, row: u32, column: u32, sum: f32) {
  if (column >= args.columns) { return; }
  let plane = output_plane;
  let axis0 = column / plane;
  let axis1 = batch * args.group_outputs + row;
  let axis2 = (column % plane) / output_line;
  let axis3 = column % output_line;
  let at = (axis0 * args.output_channels + axis1) * plane + column % plane;
  result[args.result_offset + at] = sum;
}

fn finish(split: u32, batch: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row >= args.rows) { return; }
  for (var lane = 0u; lane < 4u; lane++) { finish_one(batch, row, column + lane, value[lane]); }
}

var<workgroup> tile_a: array<vec4<f32>, 144>;
var<workgroup> tile_b: array<vec4<f32>, 512>;

@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group_id: vec3<u32>,
  @builtin(num_workgroups) group_counts: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let group = group_id.x + group_id.y * group_counts.x;
  let tiles_across = (args.columns + 127u) / 128u;
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
  let first_column = (in_band / band_rows) * 128u;
  let is_inside = first_row + 32u <= args.rows && first_column + 128u <= args.columns;
  let end = min(args.inner, (split + 1u) * args.chunk);
  let thread_row = local / 16u;
  let thread_column = local % 16u;
  var place_a: array<vec4<u32>, 4>;
  var next_a: array<f32, 4>;
  for (var each = 0u; each < 4u; each++) {
    let outer = (local + each * 128u) / 16u;
    place_a[each] = place_of_a(batch, first_row + outer);
  }
  var place_b: array<vec4<u32>, 16>;
  var next_b: array<f32, 16>;
  for (var each = 0u; each < 16u; each++) {
    let outer = (local + each * 128u) % 128u;
    place_b[each] = place_of_b(batch, first_column + outer);
  }
  var sum_0_0 = vec4<f32>();
  var sum_0_1 = vec4<f32>();
  var sum_1_0 = vec4<f32>();
  var sum_1_1 = vec4<f32>();
  var sum_2_0 = vec4<f32>();
  var sum_2_1 = vec4<f32>();
  var sum_3_0 = vec4<f32>();
  var sum_3_1 = vec4<f32>();
  let start = split * args.chunk;
  let steps = (max(end, start) - start + 15u) / 16u;
  // Each round loads a piece, computes with the one before, and only then replaces it.
  for (var step = 0u; step <= steps; step++) {
    if (step < steps) {
      let at = start + step * 16u;
      let whole = is_inside && at + 16u <= end;
      for (var each = 0u; each < 4u; each++) {
        let outer = (local + each * 128u) / 16u;
        let inner = (local + each * 128u) % 16u;
        next_a[each] = load_a(place_a[each], first_row + outer, at + inner, end, whole);
      }
      for (var each = 0u; each < 16u; each++) {
        let outer = (local + each * 128u) % 128u;
        let inner = (local + each * 128u) / 128u;
        next_b[each] = load_b(place_b[each], first_column + outer, at + inner, end, whole);
      }
    }
    if (step > 0u) {
      for (var k = 0u; k < 16u; k++) {
        let a0 = tile_a[k * 9u + thread_row];
        let b0 = tile_b[k * 32u + thread_column];
        let b1 = tile_b[k * 32u + thread_column + 16u];
        sum_0_0 = fma(vec4<f32>(a0.x), b0, sum_0_0);
        sum_0_1 = fma(vec4<f32>(a0.x), b1, sum_0_1);
        sum_1_0 = fma(vec4<f32>(a0.y), b0, sum_1_0);
        sum_1_1 = fma(vec4<f32>(a0.y), b1, sum_1_1);
        sum_2_0 = fma(vec4<f32>(a0.z), b0, sum_2_0);
        sum_2_1 = fma(vec4<f32>(a0.z), b1, sum_2_1);
        sum_3_0 = fma(vec4<f32>(a0.w), b0, sum_3_0);
        sum_3_1 = fma(vec4<f32>(a0.w), b1, sum_3_1);
      }
    }
    workgroupBarrier();
    if (step < steps) {
      for (var each = 0u; each < 4u; each++) {
        let outer = (local + each * 128u) / 16u;
        let inner = (local + each * 128u) % 16u;
        tile_a[inner * 9u + outer / 4u][outer % 4u] = next_a[each];
      }
      for (var each = 0u; each < 16u; each++) {
        let outer = (local + each * 128u) % 128u;
        let inner = (local + each * 128u) / 128u;
        tile_b[inner * 32u + outer / 4u][outer % 4u] = next_b[each];
      }
    }
    workgroupBarrier();
  }
  var sums = array<vec4<f32>, 8>(sum_0_0, sum_0_1, sum_1_0, sum_1_1, sum_2_0, sum_2_1, sum_3_0, sum_3_1);
  for (var each = 0u; each < 8u; each++) {
    let row = each / 2u;
    let row_at = first_row + thread_row * 4u + (row / 4u) * 16u + row % 4u;
    let column_at = first_column + thread_column * 4u + (each % 2u) * 64u;
    finish(split, batch, row_at, column_at, sums[each]);
  }
}
