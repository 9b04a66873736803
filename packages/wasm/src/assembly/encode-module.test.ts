import {
  atomic,
  block,
  br,
  br_if,
  call,
  f32,
  f32x4,
  f64,
  func,
  i32,
  i64,
  i8x16,
  if_,
  importMemory,
  local,
  loop,
  memory,
  Module,
  v128,
} from 'wasmati'
import { expect, it } from 'vitest'
import { encodeModule } from './encode-module.js'
import { opcodes } from './opcodes.js'

const parts = (exports: Parameters<typeof encodeModule>[0]['exports']): Parameters<typeof encodeModule>[0] => ({
  exports,
  memory: { module: 'm', name: 'memory', shared: false, maximumPages: 10 },
})

/** Instructions as plain data, without the types of blocks: wasmati lists an empty type where the short form does. */
const bodies = (module: unknown): string =>
  JSON.stringify(
    (module as { module: { funcs: readonly { locals: unknown; body: unknown }[] } }).module.funcs.map(
      ({ locals, body }) => [locals, body],
    ),
    (key, value: unknown) => {
      if (key === 'blockType') return undefined
      if (typeof value === 'bigint') return `${value}n`
      return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
    },
  )

it('encodes every kind of immediate as wasmati does', () => {
  const halve = func({ in: [i32], out: [i32] }, ([x]) => {
    i32.shr_u(x, 1)
  })
  const run = func(
    { in: [i32, f64], locals: [i32, i64, f32, v128], out: [] },
    ([x, y], [count, long, single, vector]) => {
      local.set(count, i32.const(-12345678))
      local.set(long, i64.const(-0x123456789abcdefn))
      local.set(single, f32.const(1.1))
      local.set(vector, v128.load({ offset: 300, align: 4 }, x))
      v128.const('f32x4', [1, -0, NaN, Infinity])
      local.get(vector)
      i8x16.shuffle([0, 1, 2, 3, 16, 17, 18, 19, 0, 1, 2, 3, 31, 30, 29, 28])
      local.set(vector)
      f32x4.replace_lane(3, vector, single)
      local.set(vector)
      v128.store32_lane({ offset: 8 }, 2, x, vector)
      f64.store({}, x, y)
      block(null, (outside) => {
        loop(null, (again) => {
          local.get(count)
          br_if(outside)
          i32.eqz(count)
          if_(
            null,
            () => {
              local.set(count, call(halve, [x]))
            },
            () => {
              br(again)
            },
          )
          local.get(x)
          if_(
            { out: [i32] },
            () => i32.const(128),
            () => i32.const(-129),
          )
          local.set(count)
          br(again)
        })
      })
      i32.const(0)
      i32.const(0)
      i32.const(16)
      memory.copy()
      i32.const(0)
      i32.atomic.load({})
      local.set(count)
      atomic.fence()
    },
  )
  const bytes = encodeModule(parts({ run }))
  expect(WebAssembly.validate(bytes)).toBe(true)
  const imported = importMemory({ min: 1, max: 10 }, new WebAssembly.Memory({ initial: 1, maximum: 10 }))
  const expected = Module.fromBytes(Module({ exports: { run }, memory: imported }).toBytes())
  expect(bodies(Module.fromBytes(bytes))).toBe(bodies(expected))
})

it('knows the opcodes of the specification', () => {
  expect(opcodes.get('i32.add')).toEqual({ prefix: 0, code: 0x6a })
  expect(opcodes.get('f64.reinterpret_i64')).toEqual({ prefix: 0, code: 0xbf })
  expect(opcodes.get('i32.trunc_sat_f64_s')).toEqual({ prefix: 0xfc, code: 2 })
  expect(opcodes.get('f64x2.promote_low_f32x4')).toEqual({ prefix: 0xfd, code: 95 })
  expect(opcodes.get('f32x4.relaxed_madd')).toEqual({ prefix: 0xfd, code: 261 })
  expect(opcodes.get('i32.atomic.rmw.add')).toEqual({ prefix: 0xfe, code: 0x1e })
})
