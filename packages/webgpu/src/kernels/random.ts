import type { RandomKernel } from '@chainrule/tensor'
import { type ArgumentField, outputMemory } from '../launch.js'
import { multiplyHigh } from '../math/bits.js'
import { logarithm } from '../math/logarithm.js'
import { unitCircle } from '../math/trigonometric.js'
import { functionsText } from '../math/wgsl-function.js'
import type { Planner } from '../plan-context.js'
import { sizeFields, threadLaunch, writtenOperand } from './thread-launch.js'

/** Philox-4x32-10: ten rounds of two multiplications (Salmon et al., 2011, "Parallel random numbers: as easy as 1, 2, 3"). */
const philoxCode = `fn philox(counter_low: u32, counter_high: u32) -> vec4<u32> {
  var x = vec4<u32>(counter_low, counter_high, 0u, 0u);
  var key = vec2<u32>(args.key_low, args.key_high);
  for (var round = 0u; round < 10u; round++) {
    let high = vec2<u32>(multiply_high(0xd2511f53u, x.x), multiply_high(0xcd9e8d57u, x.z));
    let low = vec2<u32>(0xd2511f53u * x.x, 0xcd9e8d57u * x.z);
    x = vec4<u32>(high.y ^ x.y ^ key.x, low.y, high.x ^ x.w ^ key.y, low.x);
    key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return x;
}
`

const normalCode = `fn normal_pair(u: vec2<f32>) -> vec2<f32> {
  return sqrt(-2.0 * log_of(1.0 - u.x)) * unit_circle(u.y);
}
`

const half = (name: string, cell: number, which: 'low' | 'high'): ArgumentField => ({
  name,
  type: 'u32',
  cell,
  half: which,
})

const results: Record<RandomKernel['structure']['distribution'], readonly string[]> = {
  bits: ['let value = bitcast<vec4<i32>>(bits);'],
  // low + ⌊bits · (high − low) / 2^32⌋; a range of 2^32 is 0 as 32 bits.
  integers: [
    'let range = args.high - args.low;',
    'var drawn = bits;',
    'if (range != 0u) {',
    '  drawn = vec4<u32>(',
    '    multiply_high(bits.x, range), multiply_high(bits.y, range), multiply_high(bits.z, range), multiply_high(bits.w, range),',
    '  );',
    '}',
    'let value = bitcast<vec4<i32>>(drawn + vec4<u32>(args.low));',
  ],
  uniform: ['let value = vec4<f32>(bits >> vec4<u32>(8u)) * 5.9604644775390625e-8;'],
  normal: [
    'let uniform = vec4<f32>(bits >> vec4<u32>(8u)) * 5.9604644775390625e-8;',
    'let value = vec4<f32>(normal_pair(uniform.xy), normal_pair(uniform.zw));',
  ],
}

/** Plans random numbers: a thread draws the four numbers of one Philox block. */
export const planRandom: Planner<RandomKernel> = ({ structure, size, offset }) => {
  const { distribution, dtype } = structure
  if (size === 0) return { launches: [], scratch: [] }
  const isVector = offset % 4 === 0
  const unit = isVector ? 4 : 1
  const cells = [
    half('key_low', 0, 'low'),
    half('key_high', 0, 'high'),
    half('counter_low', 1, 'low'),
    half('counter_high', 1, 'high'),
  ]
  const isNormal = distribution === 'normal'
  const launch = threadLaunch({
    label: `random ${distribution} [${String(size)}]`,
    comment: `random: ${distribution} ${dtype} from Philox-4x32-10\nA thread draws the four numbers of a block.`,
    key: `random ${distribution} ${dtype} ${String(unit)}`,
    operands: [writtenOperand('result', outputMemory(0), dtype, unit)],
    fields: [
      ...sizeFields({ size, offset: offset / unit }),
      ...cells,
      ...(distribution === 'integers' ? [half('low', 2, 'low'), half('high', 3, 'low')] : []),
    ],
    threads: Math.ceil(size / 4),
    functions: () =>
      [
        functionsText(isNormal ? [multiplyHigh, logarithm, unitCircle] : [multiplyHigh]),
        philoxCode,
        ...(isNormal ? [normalCode] : []),
      ].join('\n'),
    lines: (code) => {
      const lanes = ['x', 'y', 'z', 'w'].map(
        (lane, at) =>
          `if (thread * 4u + ${String(at)}u < args.size) { ${code('result').store(`args.offset + thread * 4u + ${String(at)}u`, `value.${lane}`)} }`,
      )
      return [
        'let counter_low = args.counter_low + thread;',
        'let counter_high = args.counter_high + select(0u, 1u, counter_low < thread);',
        'let bits = philox(counter_low, counter_high);',
        ...results[distribution],
        ...(isVector ? [code('result').storeLanes('args.offset + thread', 'value', 'args.size - thread * 4u')] : lanes),
      ]
    },
  })
  return { launches: [launch], scratch: [] }
}
