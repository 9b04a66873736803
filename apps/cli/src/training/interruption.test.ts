import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { Interruption, type StopSignal } from './interruption.js'

const start = () => {
  const signals = new EventEmitter()
  const announced: StopSignal[] = []
  const ended: StopSignal[] = []
  const world = { now: 1000, announced, ended, signals }
  const subject = new Interruption((signal) => announced.push(signal), {
    signals,
    end: (signal) => ended.push(signal),
    now: () => world.now,
  })
  return Object.assign(world, { subject })
}

const send = ({ signals }: { readonly signals: EventEmitter }, signal: StopSignal): boolean =>
  signals.emit(signal, signal)

test.each([
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGTERM'],
] as const)('the first signal, %s, is a wish, the second, %s, ends the process', async (first, second) => {
  const world = start()
  expect([await world.subject.requested(), world.subject.signal]).toEqual([false, undefined])
  send(world, first)
  expect([await world.subject.requested(), world.subject.signal]).toEqual([true, first])
  expect([world.announced, world.ended]).toEqual([[first], []])
  world.now += 1000
  send(world, second)
  expect([world.announced, world.ended]).toEqual([[first], [second]])
  expect(world.signals.eventNames()).toEqual([])
})

test('the echo of a signal is no second one', () => {
  const world = start()
  send(world, 'SIGINT')
  world.now += 20
  send(world, 'SIGINT')
  expect(world.ended).toEqual([])
})

test('afterwards nobody listens', () => {
  const world = start()
  world.subject.dispose()
  expect(world.signals.eventNames()).toEqual([])
})
