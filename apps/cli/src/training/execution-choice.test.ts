import { expect, test } from 'vitest'
import { changeExecution, chooseExecution } from './execution-choice.js'

test('only what is given is chosen', () => {
  expect(chooseExecution({})).toEqual({ eager: false })
  expect(chooseExecution({ device: 'wasm', threads: 2, blas: 'none' })).toEqual({
    eager: false,
    device: 'wasm',
    threads: 2,
    blas: 'none',
  })
})

test.each([
  [{ eager: true, threads: 2 }, {}, { eager: true, threads: 2 }],
  [{ eager: false, threads: 2, blas: 'none' }, { threads: 1 }, { eager: false, threads: 1, blas: 'none' }],
  [
    { eager: false, threads: 2 },
    { device: 'wasm', eager: true },
    { eager: true, device: 'wasm', threads: 2 },
  ],
  [{ eager: false, threads: 2 }, { device: 'reference' }, { eager: false, device: 'reference' }],
  [
    { eager: false, device: 'webgpu' },
    { device: 'wasm', threads: 1 },
    { eager: false, device: 'wasm', threads: 1 },
  ],
] as const)('a run with %j goes on with %j given as %j', (before, given, expected) => {
  expect(changeExecution(before, given)).toEqual(expected)
})
