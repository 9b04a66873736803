// pool max [32, 28, 28] by 5×5, 98 workgroups
// pool: max
// A thread computes one place.

struct Arguments {
  threads: u32,
  source_offset: u32,
  result_offset: u32,
  choice_offset: u32,
  rows: u32,
  first_row: u32,
  input_height: u32,
  input_width: u32,
  kernel_height: u32,
  kernel_width: u32,
  output_height: u32,
  output_width: u32,
  stride_height: u32,
  stride_width: u32,
  padding_height: u32,
  padding_width: u32,
  dilation_height: u32,
  dilation_width: u32,
}
@group(0) @binding(0) var<uniform> args: Arguments;

@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<storage, read_write> choice: array<i32>;

fn from_bits(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
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
  var best = from_bits(0xff800000u);
  var chosen = -1i;
  let row = args.first_row + (thread / args.output_width) % args.rows;
  let column = thread % args.output_width;
  let plane = thread / (args.output_width * args.rows);
  let plane_start = args.source_offset + plane * args.input_height * args.input_width;
  for (var kernel_row = 0u; kernel_row < args.kernel_height; kernel_row++) {
    let y = row * args.stride_height + kernel_row * args.dilation_height - args.padding_height;
    if (y >= args.input_height) { continue; }
    for (var kernel_column = 0u; kernel_column < args.kernel_width; kernel_column++) {
      let x = column * args.stride_width + kernel_column * args.dilation_width - args.padding_width;
      if (x >= args.input_width) { continue; }
      let place = y * args.input_width + x;
      let value = source[plane_start + place];
      if (chosen < 0i || value > best || (is_nan(value) && !is_nan(best))) {
        best = value;
        chosen = i32(place);
      }
    }
  }
  result[args.result_offset + thread] = best;
  choice[args.choice_offset + thread] = chosen;
}
