import { cell, tensor } from '@chainrule/tensor'
import { expect, it } from 'vitest'
import { adamRule } from './adam-rule.js'
import { runUpdate, updateKernel } from './update-kernel.js'

it('an update with more operands than a device takes is several maps with the same bits', () => {
  const rule = adamRule('Adam', false, 0)
  const flags = { maximize: false, decay: true, decoupled: false, amsgrad: true }
  const operands = [0.3, -0.7, 0.2, 0.05, 0.04].map((value) => tensor([value, value * 3, -value], { dtype: 'float32' }))
  const squares = operands.map((each, place) => (place < 3 ? each : each.square()))
  const run = (limit: number): { values: string[]; pieces: number } => {
    const kernel = updateKernel(rule, flags, 'float32', limit)
    const results = runUpdate(
      kernel,
      'Adam',
      squares,
      kernel.numbers.map((_, place) => cell(0.5 + place / 8)),
    )
    return { values: results.map(String), pieces: kernel.pieces.length }
  }
  const whole = run(100)
  expect(whole.pieces).toBe(1)
  // Parameter, gradient, three states and four results are nine storages.
  expect(run(9)).toEqual(whole)
  for (const limit of [8, 7, 6]) {
    const divided = run(limit)
    expect(divided.pieces).toBeGreaterThan(1)
    expect(divided.values).toEqual(whole.values)
  }
})
