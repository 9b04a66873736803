import { concat, ones, type Tensor } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { describeSteps, keepsBitsOfSteps, kernelOf, lowerFunction } from '../lowered.fixture.js'
import { writePieces } from './write-pieces.js'

const none: ReadonlySet<never> = new Set()

describe('writePieces', () => {
  it('lets maps, rows and products write into the concatenation, and copies nothing', () => {
    const { steps, wanted } = lowerFunction(
      (x, y) => concat([x.tanh(), x.matmul(y), x.softmax(1)], 1),
      ones([4, 6]),
      ones([6, 3]),
    )
    expect(describeSteps(steps)).toEqual([
      'map tanh (a) → 0',
      'matmul matmul (a, b) → 1',
      'row softmax (a) → 2',
      'copy concat (0, 1, 2) → 3',
    ])
    const after = writePieces(steps, wanted, none)
    expect(describeSteps(after)).toEqual([
      'map tanh·concat (a) → 0',
      'matmul matmul·concat (a, b) → 0',
      'row softmax·concat (a) → 0',
    ])
    const columns = after.map(({ kernel }) =>
      kernel.kind === 'matmul' ? kernel.output.offset : kernelOf(after[0], 'map').spaces[0]?.outputs[0]?.offset,
    )
    expect(columns).toEqual([0, 6, 0])
  })

  it('goes on copying what others read, what comes from outside and what is wanted', () => {
    const { steps, wanted } = lowerFunction(
      (x) => {
        const [twice, result] = [x.tanh(), x.exp()]
        return [concat([twice, x, x.sin(), result]), twice.neg(), result]
      },
      ones([2, 2]),
    )
    const after = writePieces(steps, wanted, none)
    const copy = after.find(({ kernel }) => kernel.kind === 'copy')
    expect(kernelOf(copy, 'copy').pieces).toHaveLength(3)
    expect(copy?.inputs).toHaveLength(3)
    expect(after.find(({ ops }) => ops.includes('sin'))?.outputs).toEqual(copy?.outputs)
  })

  it('follows transposes and regroupings on the way', () => {
    const { steps, wanted, evaluate } = lowerFunction(
      (x) => concat([x.exp().reshape([2, 2, 6]).transpose(1, 2).reshape([24]), x.tanh().reshape([24])]),
      ones([4, 6]),
    )
    const after = writePieces(steps, wanted, none)
    expect(evaluate(after)).toEqual(evaluate(steps))
    expect(after.filter(({ ops }) => ops.includes('tanh')).flatMap(({ ops }) => ops)).toContain('concat')
  })

  it('leaves a new value of a variable to one kernel, which runs last', () => {
    const { steps, wanted } = lowerFunction((x: Tensor) => concat([x.tanh(), x.exp()]), ones([3]))
    expect(writePieces(steps, wanted, wanted)).toEqual(steps)
  })

  it('keeps the bits of random graphs', () => {
    keepsBitsOfSteps(({ steps, wanted }) => writePieces(steps, wanted, none))
  })
})
