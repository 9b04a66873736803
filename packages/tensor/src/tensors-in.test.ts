import { describe, expect, it } from 'vitest'
import { tensor, type Tensor } from './index.js'
import { mapTensors, tensorsIn } from './tensors-in.js'

const structure = () => {
  const [a, b] = [tensor(1), tensor(2)] as const
  const shared = { a }
  return { a, b, value: { list: [shared, shared], map: new Map([['b', b]]), set: new Set([a]), text: 'x' } }
}

describe('tensorsIn and mapTensors walk a structure alike', () => {
  it('in arrays, objects, maps and sets, a part that occurs twice at both places', () => {
    const { a, b, value } = structure()
    const nameOf = (x: Tensor): string | undefined =>
      new Map([
        [a, 'a'],
        [b, 'b'],
      ]).get(x)
    expect(tensorsIn(value).map(nameOf)).toEqual(['a', 'a', 'b', 'a'])
    const visited: Tensor[] = []
    mapTensors(value, (each) => visited.push(each))
    expect(visited.map(nameOf)).toEqual(['a', 'a', 'b', 'a'])
  })

  it('rebuilding it around what takes the tensors’ place', () => {
    let count = 0
    expect(mapTensors(structure().value, () => count++)).toEqual({
      list: [{ a: 0 }, { a: 1 }],
      map: new Map([['b', 2]]),
      set: new Set([3]),
      text: 'x',
    })
  })

  it('ending where a structure contains itself', () => {
    const a = tensor(1)
    const loop: unknown[] = [a]
    loop.push(loop)
    expect(tensorsIn(loop).map((each) => each === a)).toEqual([true])
  })
})
