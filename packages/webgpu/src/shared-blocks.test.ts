import { compile } from '@chainrule/compiler'
import { LSTM } from '@chainrule/layers'
import { grad } from '@chainrule/autograd'
import { concat, manualSeed, rand, scope, setDevice, stack, type Tensor } from '@chainrule/tensor'
import { expectClose } from '@chainrule/tensor/testing'
import { afterAll, describe, expect, it } from 'vitest'
import './index.js'

afterAll(() => setDevice('reference'))

/** Values on a device, in the order of the results. */
const valuesOn = async (
  name: 'reference' | 'webgpu',
  run: () => readonly Tensor[],
): Promise<readonly ArrayLike<number>[]> => {
  await setDevice(name)
  manualSeed(3)
  const results = scope(run)
  const values = await Promise.all(results.map((result) => result.data()))
  for (const result of results) result.dispose()
  return values
}

/** Values in ±1 after some thirty float32 operations each. */
const tolerance = { relative: 1e-5, absolute: 2e-6 }

const compare = async (run: () => readonly Tensor[]): Promise<void> => {
  const expected = await valuesOn('reference', run)
  const found = await valuesOn('webgpu', run)
  expect(found).toHaveLength(expected.length)
  expected.forEach((values, place) => {
    expectClose(found[place] ?? [], values, tolerance, `result ${place}`)
  })
}

describe('kernels of a program that write parts of one block', () => {
  it('from one launch with several outputs: the gates of a recurrent layer', async () => {
    await compare(() => {
      const layer = new LSTM(3, 4, { batchFirst: true })
      const step = compile((x: Tensor) => grad((y: Tensor) => layer.forward(y).output.square().sum())(x))
      const slope = step(rand([2, 5, 3]))
      step.dispose()
      return [slope]
    })
  })

  it('from launches of different kinds, at places that are no multiples of four elements', async () => {
    await compare(() => {
      const step = compile((x: Tensor, y: Tensor) => [
        concat([x.tanh(), x.matmul(y), x.softmax(1), y.narrow(0, 0, 4).sin()], 1),
        stack([x.exp(), x.neg(), x.cos()], 1),
      ])
      const results = step(rand([4, 5]), rand([5, 3]))
      step.dispose()
      return results
    })
  })
})
