import { describe, expect, it } from 'vitest'
import { controlBlock, presence } from './control-block.js'
import { RollCall } from './roll-call.js'

const ready = () => {
  const bytes = new Uint8Array(new SharedArrayBuffer(controlBlock.end))
  const show = (thread: number): void => {
    bytes[controlBlock.up + thread] = presence.up
  }
  return { roll: new RollCall({ bytes }, 100), show }
}

describe('RollCall', () => {
  it('counts a worker as silent that leaves two questions unanswered, until it answers', () => {
    const { roll, show } = ready()
    show(1)
    show(2)
    for (const now of [0, 100, 200]) {
      expect(roll.silent).toEqual([])
      roll.call(2, now)
      show(1)
    }
    expect(roll.silent).toEqual([2])
    show(2)
    roll.call(2, 300)
    expect(roll.silent).toEqual([])
  })

  it('asks no more often than it is told, whatever the number of runs', () => {
    const { roll, show } = ready()
    show(1)
    for (let now = 0; now < 200; now++) roll.call(1, now)
    expect(roll.silent).toEqual([])
    roll.call(1, 200)
    expect(roll.silent).toEqual([1])
  })

  it('asks no worker that has not come up, and forgets those that are known to have ended', () => {
    const { roll, show } = ready()
    for (const now of [0, 100, 200]) roll.call(1, now)
    expect(roll.silent).toEqual([])
    expect(roll.strike(1)).toBe(false)
    show(1)
    for (const now of [300, 400, 500]) roll.call(1, now)
    expect(roll.silent).toEqual([1])
    expect(roll.strike(1)).toBe(true)
    roll.call(1, 600)
    expect(roll.silent).toEqual([])
  })
})
