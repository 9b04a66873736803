import type { Tensor } from '../../tensor.js'
import { convention, type OpSample, type SampleOptions } from '../op-sample.js'
import { given } from '../sample-data.js'

/** What is stated of an op of one tensor: y = f(x) and, where its gradient is stated, slope = f'(x). */
export interface Statement {
  readonly x: readonly number[]
  readonly y: readonly number[]
  readonly slope?: readonly number[]
}

/**
 * A convention sample of an op of one float tensor.
 *
 * @param op - public name of the op
 * @param name - what is stated
 * @param run - carries the op out
 * @param statement - places, values and slopes
 * @param options - tolerance (default `transcendental`) and float64
 * @returns the sample
 */
export const state = (
  op: string,
  name: string,
  run: (x: Tensor) => Tensor,
  { x, y, slope }: Statement,
  options: SampleOptions = {},
): OpSample =>
  convention(
    op,
    name,
    [given(x)],
    run,
    { outputs: [y], ...(slope && { gradients: [slope] }) },
    { tolerance: 'transcendental', ...options },
  )

/** For results so small that only a relative error means anything. */
export const small = { tolerance: 'relative' } as const
