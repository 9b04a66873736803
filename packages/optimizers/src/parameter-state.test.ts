import '@chainrule/wasm'
import { setDevice } from '@chainrule/tensor'
import { expect, it } from 'vitest'
import { Adam } from './index.js'
import { makeProblem, valuesOf } from './problem.fixture.js'

it('state follows its parameter to another device', async () => {
  const run = async (moves: boolean): Promise<number[][]> => {
    await setDevice('reference')
    const { parameters } = makeProblem('float32')
    const optimizer = new Adam(parameters, { lr: 0.1 })
    for (let step = 0; step < 4; step++) {
      if (moves && step === 2) {
        await setDevice('wasm', { threads: 1 })
        for (const parameter of parameters) parameter.assign(parameter.to('wasm'))
      }
      for (const parameter of parameters) parameter.grad = parameter.detach().square()
      optimizer.step()
      expect(parameters[0].device).toBe(moves && step >= 2 ? 'wasm' : 'reference')
    }
    return valuesOf(parameters)
  }
  const stayed = (await run(false)).flat()
  const moved = (await run(true)).flat()
  moved.forEach((value, place) => {
    // Two steps of Adam in float32 on numbers of about 1, each operation rounded in its device's way.
    expect(Math.abs(value - (stayed[place] ?? 0))).toBeLessThan(1e-6)
  })
})
