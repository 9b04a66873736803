import type { DType } from '@chainrule/tensor'
import { groupThreads } from '../plan-context.js'

/** Elements that one workgroup sorts in its own memory, a key and a place each: 16 KiB. */
export const sortBlock = 2048

/** WGSL of `key_of(value) -> u32`: unsigned numbers in the order of the values, NaN last and both zeros equal. */
export const sortKeyCode = (dtype: DType, descending: boolean): string => {
  const finish = descending ? '~key' : 'key'
  if (dtype === 'bool') return `fn key_of(value: bool) -> u32 {\n  let key = u32(value);\n  return ${finish};\n}\n`
  if (dtype === 'int32') {
    return `fn key_of(value: i32) -> u32 {\n  let key = bitcast<u32>(value) ^ 0x80000000u;\n  return ${finish};\n}\n`
  }
  return `fn key_of(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  let size = bits & 0x7fffffffu;
  var key = select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
  if (size == 0u) { key = 0x80000000u; }
  if (size > 0x7f800000u) { key = 0xffffffffu; }
  return ${finish};
}
`
}

/** WGSL of whether a key and place come after another: equal keys keep the order of their places. */
export const sortOrderCode = `fn comes_after(key: u32, place: u32, other_key: u32, other_place: u32) -> bool {
  return key > other_key || (key == other_key && place > other_place);
}
`

/**
 * WGSL of `exchange(local, half, run, block_start)`: every thread puts its pairs that are `half` apart in order, ascending in even
 * runs and descending in odd ones (Batcher's bitonic sort). `block_start` is the place of the workgroup's first element.
 *
 * @param elements - in workgroup memory
 * @returns declarations and the function
 */
export const sortMemoryCode = (elements: number): string => `var<workgroup> keys: array<u32, ${String(elements)}>;
var<workgroup> places: array<u32, ${String(elements)}>;

fn exchange(local: u32, half: u32, run: u32, block_start: u32) {
  for (var pair = local; pair < ${String(elements / 2)}u; pair += ${String(groupThreads)}u) {
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
`
