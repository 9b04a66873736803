import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { Interruption } from './interruption.js'

const start = (): { now: number; announced: number; ended: number; signals: EventEmitter; subject: Interruption } => {
  const signals = new EventEmitter()
  const world = { now: 1000, announced: 0, ended: 0, signals }
  const subject = new Interruption(() => (world.announced += 1), {
    signals,
    end: () => (world.ended += 1),
    now: () => world.now,
  })
  return Object.assign(world, { subject })
}

test('the first signal is a wish, the second ends the process', async () => {
  const world = start()
  expect(await world.subject.requested()).toBe(false)
  world.signals.emit('SIGINT')
  expect([await world.subject.requested(), world.announced, world.ended]).toEqual([true, 1, 0])
  world.now += 1000
  world.signals.emit('SIGINT')
  expect([world.announced, world.ended]).toEqual([1, 1])
  expect(world.signals.listenerCount('SIGINT')).toBe(0)
})

test('the echo of a signal is no second one', () => {
  const world = start()
  world.signals.emit('SIGINT')
  world.now += 20
  world.signals.emit('SIGINT')
  expect(world.ended).toBe(0)
})

test('afterwards nobody listens', () => {
  const world = start()
  world.subject.dispose()
  expect(world.signals.listenerCount('SIGINT')).toBe(0)
})
